/**
 * Parses the parts of a storage account's connection string that concern tables: with an account key, a shared access
 * signature, or for Azurite. The library's own parser throws at start without saying which setting is wrong.
 * https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */
import { Secret } from './secret.ts'

export type StorageConnection = {
  /** Of the account's tables, unchanged. */
  endpoint: string
  credential:
    | { kind: 'account_key'; account: string; key: Secret<'client credential'> }
    | { kind: 'shared_access_signature'; signature: Secret<'client credential'> }
}

/** Undefined if a part is missing. */
export function parseConnectionString(text: string): StorageConnection | undefined {
  const parts = partsOf(/^UseDevelopmentStorage=true;?$/i.test(text.trim()) ? azurite : text)
  const account = parts.get('accountname')
  const key = parts.get('accountkey')
  const signature = parts.get('sharedaccesssignature')
  const endpoint = parts.get('tableendpoint') ?? endpointOf(parts)
  if (!endpoint) return undefined
  if (account && key) {
    const secret = new Secret('client credential', key)
    return { endpoint, credential: { kind: 'account_key', account, key: secret } }
  }
  if (!signature) return undefined
  const secret = new Secret('client credential', signature.replace(/^\?/, ''))
  return { endpoint, credential: { kind: 'shared_access_signature', signature: secret } }
}

/** By name in lower case; values may hold `=` themselves. */
const partsOf = (text: string) =>
  new Map(
    text.split(';').map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name.trim().toLowerCase(), value.join('=').trim()]
    }),
  )

function endpointOf(parts: ReadonlyMap<string, string>): string | undefined {
  const [account, suffix] = [parts.get('accountname'), parts.get('endpointsuffix')]
  const protocol = parts.get('defaultendpointsprotocol') ?? 'https'
  return account && suffix && `${protocol}://${account}.table.${suffix}`
}

/** Azurite's built-in account, with its published key. */
const azurite =
  'AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1'
