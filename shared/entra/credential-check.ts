/**
 * Whether Entra accepts this app's credential now, found out by asking for a token of the app's own (RFC 6749 §4.4),
 * which is thrown away. What Entra refuses for another reason than the app's registration says nothing against it.
 */
import { lookUp } from './aadsts-lookup.ts'
import type { MsalClient } from './msal-client.ts'
import { EntraRefusal } from './network.ts'

/** @throws EntraRefusal when the credential is not accepted, EntraOutage when there is no answer */
export type CheckCredential = () => Promise<void>

/** `resource`: an API that every tenant has, such as `https://graph.microsoft.com`. */
export function credentialCheck(options: {
  client: MsalClient
  resource: string
}): CheckCredential {
  const { client, resource } = options
  return async () => {
    try {
      await client().acquireTokenByClientCredential({ scopes: [`${resource}/.default`] })
    } catch (error) {
      const isOther = error instanceof EntraRefusal && lookUp(error.body).class !== 'client'
      if (!isOther) throw error
    }
  }
}
