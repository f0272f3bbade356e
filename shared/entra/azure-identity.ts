/**
 * This app's identity in Azure, by `@azure/identity`. The package is loaded when a token is first asked for: it costs
 * a quarter of the start, and who proves the app by a secret or certificate never needs it.
 */
import type { TokenCredential } from '@azure/identity'

/** `clientId`: of a user-assigned identity; none: whatever the environment names (DefaultAzureCredential). */
export function azureIdentity(clientId: string | undefined): TokenCredential {
  let loading: Promise<TokenCredential> | undefined
  const load = async () => {
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity')
    return clientId ? new ManagedIdentityCredential({ clientId }) : new DefaultAzureCredential()
  }
  return {
    async getToken(scopes, options) {
      loading ??= load()
      return (await loading).getToken(scopes, options)
    },
  }
}
