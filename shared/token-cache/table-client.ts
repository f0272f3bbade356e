/** The table in Azure Storage (or Azurite) that instances share, signed in to as the settings say. */
import { TableClient } from '@azure/data-tables'
import { azureIdentity } from '../entra/azure-identity.ts'
import type { ClientCredentialSetting, TokenTableSetting } from '../settings.ts'
import { transport } from './transport.ts'

const tableName = 'tokenCache'
/** What fails is a miss, or is done again by whoever asked: nobody should wait for a second try. */
const retryOptions = { maxRetries: 0 }

export function tableClient(
  table: TokenTableSetting,
  credential: ClientCredentialSetting,
): TableClient {
  const options = { retryOptions, httpClient: transport() }
  if ('url' in table) {
    // The identity that proves the app to Entra is at hand; without one the environment names another.
    const identity = azureIdentity(
      credential.kind === 'managed_identity' ? credential.clientId : undefined,
    )
    return new TableClient(table.url, tableName, identity, options)
  }
  const connection = table.connection.reveal()
  // Azurite's well-known account is on plain http; a connection string says so itself.
  return TableClient.fromConnectionString(connection, tableName, {
    ...options,
    allowInsecureConnection:
      /^(UseDevelopmentStorage=true|.*http:\/\/(localhost|127\.0\.0\.1)[:/])/i.test(connection),
  })
}
