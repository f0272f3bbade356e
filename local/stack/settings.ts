/** The function app's settings for the local stack, put in place of whatever the environment holds. */
import { randomBytes } from 'node:crypto'
import { clients, tenantId } from '../seed.ts'

type Parts = {
  app: string
  entra: string
  /** By app setting. */
  baseUrls: Readonly<Record<string, string>>
  tables: { connection: string }
}

/** A real tenant's settings must not leak into the local stack: all that the app reads go first. */
export function useLocalSettings({ app, entra, baseUrls, tables }: Parts): void {
  const { no_proxy, NO_PROXY = no_proxy } = process.env
  for (const name of Object.keys(process.env).filter(isAppSetting)) delete process.env[name]
  Object.assign(process.env, {
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: clients.api.clientId,
    ENTRA_AUTHORITY_HOST: entra,
    ENTRA_CLIENT_SECRET: clients.api.secret,
    PUBLIC_BASE_URL: app,
    ...baseUrls,
    TOKEN_CACHE_CONNECTION: tables.connection,
    // All of it is on this machine, whatever proxy a company has.
    NO_PROXY: [NO_PROXY, 'localhost', '127.0.0.1'].filter(Boolean).join(),
    ENCRYPTION_KEYS: JSON.stringify([{ kid: 'local', key: randomBytes(32).toString('base64url') }]),
  })
}

/** RATE_LIMIT_PER_MINUTE stays, for load tests. WEBSITE_…: what Azure sets, and the app takes as a sign of being there. */
const isAppSetting = (name: string) =>
  /^(ENTRA_|TOKEN_CACHE_|WEBSITE_|AzureWebJobs)|_BASE_URL$|^(ADMIN_KEY|ALLOWED_ORIGINS|PORT|no_proxy)$/.test(
    name,
  )
