/** The table in Azure Storage (or Azurite) that instances share, signed in to as the settings say. */
import { AzureNamedKeyCredential, AzureSASCredential, TableClient } from '@azure/data-tables'
import { azureIdentity } from '../entra/azure-identity.ts'
import type { Outgoing } from '../outgoing.ts'
import type { ClientCredentialSetting, TokenTableSetting } from '../settings.ts'
import { transport } from './transport.ts'

const tableName = 'tokenCache'
/** A failed read is a miss, and an operator repeats a failed purge: no call waits for a second try. */
const retryOptions = { maxRetries: 0 }

export function tableClient(
  { url, credential }: TokenTableSetting,
  appCredential: ClientCredentialSetting,
  way: Pick<Outgoing, 'pool'>,
): TableClient {
  const options = {
    retryOptions,
    httpClient: transport(way),
    // Azurite's; settings let plain http pass on loopback only.
    allowInsecureConnection: url.startsWith('http:'),
  }
  switch (credential.kind) {
    case 'identity': {
      // The identity that proves the app to Entra, where there is one; else the environment names another.
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
