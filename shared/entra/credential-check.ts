/**
 * Checks that Entra accepts this app's credential, by requesting an app-only token (RFC 6749 §4.4), which is discarded.
 * A refusal for another reason than the app's registration does not count against the credential.
 */
import { lookUp } from './aadsts-lookup.ts'
import type { MsalClient } from './msal-client.ts'
import { EntraRefusal } from './network.ts'

/** @throws EntraRefusal if the credential is not accepted, EntraOutage if there is no answer */
export type CheckCredential = () => Promise<void>

/** `resource`: an API that exists in every tenant, such as `https://graph.microsoft.com`. */
export function credentialCheck(options: {
  client: MsalClient
  resource: string
}): CheckCredential {
  const { client, resource } = options
  return async () => {
    try {
      const scopes = [`${resource}/.default`]
      await client((msal) => msal.acquireTokenByClientCredential({ scopes }))
    } catch (error) {
      const isOther = error instanceof EntraRefusal && lookUp(error.body).class !== 'client'
      if (!isOther) throw error
    }
  }
}
