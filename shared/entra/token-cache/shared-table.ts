/** The table in Azure Storage (or Azurite) that instances share, signed in to as the settings say. */
import { TableClient } from '@azure/data-tables'
import type { ClientCredentialSetting, TokenCacheSetting } from '../../settings.ts'
import { azureIdentity } from '../azure-identity.ts'
import type { SharedTable } from './token-cache.ts'
import { transport } from './transport.ts'

const tableName = 'tokenCache'
/** What fails is a miss, or is done again by whoever asked: nobody should wait for a second try. */
const retryOptions = { maxRetries: 0 }

export function sharedTable(
  { table, keys }: TokenCacheSetting,
  credential: ClientCredentialSetting,
): SharedTable {
  const options = { retryOptions, httpClient: transport() }
  if ('url' in table) {
    // The identity that proves the app to Entra is at hand; without one the environment names another.
    const identity = azureIdentity(
      credential.kind === 'managed_identity' ? credential.clientId : undefined,
    )
    return { client: new TableClient(table.url, tableName, identity, options), keys }
  }
  const connection = table.connection.reveal()
  // Azurite's well-known account is on plain http; a connection string says so itself.
  const client = TableClient.fromConnectionString(connection, tableName, {
    ...options,
    allowInsecureConnection:
      /^(UseDevelopmentStorage=true|.*http:\/\/(localhost|127\.0\.0\.1)[:/])/i.test(connection),
  })
  return { client, keys }
}
