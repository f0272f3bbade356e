/** Settings for a shared table in Azurite's development account. */
import { randomBytes } from 'node:crypto'

const accountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** @param url of the account's tables, without trailing slash */
export const tableSettings = (url: string) => ({
  TOKEN_CACHE_CONNECTION: `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${accountKey};TableEndpoint=${url};`,
  ENCRYPTION_KEYS: JSON.stringify([{ kid: 'bench', key: cacheKey }]),
})

const cacheKey = randomBytes(32).toString('base64url')
