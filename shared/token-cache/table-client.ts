/**
 * Creates the client for the table that instances share, in Azure Storage or Azurite, with the configured credential.
 */
import { AzureNamedKeyCredential, AzureSASCredential, TableClient } from '@azure/data-tables'
import { azureIdentity } from '../entra/azure-identity.ts'
import type { Outgoing } from '../outgoing.ts'
import type { ClientCredentialSetting, TokenTableSetting } from '../settings.ts'
import { transport } from './transport.ts'

const tableName = 'tokenCache'
/** No retries: a failed read counts as a miss, and an operator repeats a failed purge. */
const retryOptions = { maxRetries: 0 }

/** Connects at the first request, and creates no table (rows.ts). */
export function tableClient(
  { url, credential }: TokenTableSetting,
  appCredential: ClientCredentialSetting,
  way: Pick<Outgoing, 'pool'>,
): TableClient {
  const options = {
    retryOptions,
    httpClient: transport(way),
    // For Azurite. The settings allow plain http on loopback only.
    allowInsecureConnection: url.startsWith('http:'),
  }
  switch (credential.kind) {
    case 'identity': {
      // The identity that authenticates the app at Entra, if there is one; otherwise from the environment.
      const clientId =
        appCredential.kind === 'managed_identity' ? appCredential.clientId : undefined
      return new TableClient(url, tableName, azureIdentity(clientId), options)
    }
    case 'account_key': {
      const key = new AzureNamedKeyCredential(credential.account, credential.key.reveal())
      return new TableClient(url, tableName, key, options)
    }
    case 'shared_access_signature': {
      const signature = new AzureSASCredential(credential.signature.reveal())
      return new TableClient(url, tableName, signature, options)
    }
  }
}
