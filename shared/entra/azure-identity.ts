/**
 * The app's identity in Azure, through `@azure/identity`. The package is loaded on first use: it takes a quarter of the
 * start-up time, and an app with a secret or certificate may never need it.
 */
import type { TokenCredential } from '@azure/identity'

/** `clientId`: of a user-assigned identity; undefined: from the environment (DefaultAzureCredential). */
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
