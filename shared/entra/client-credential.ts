/**
 * How this app proves itself to Entra, in MSAL's configuration: a client authentication made once from settings.
 * Which one is a setting (settings.ts); what is asked with it is on-behalf-of.ts's.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { ManagedIdentityCredential } from '@azure/identity'
import type { NodeAuthOptions } from '@azure/msal-node'
import type { ClientCredentialSetting } from '../settings.ts'
import { EntraOutage } from './network.ts'

export type ClientCredential = Pick<
  NodeAuthOptions,
  'clientAssertion' | 'clientCertificate' | 'clientSecret'
>

export function clientCredential(setting: ClientCredentialSetting): ClientCredential {
  switch (setting.kind) {
    case 'secret':
      return { clientSecret: setting.secret.reveal() }
    case 'certificate':
      return { clientCertificate: certificate(setting.pem.reveal()) }
    case 'managed_identity':
      return { clientAssertion: managedIdentityAssertion(setting.clientId) }
  }
}

function certificate(pem: string) {
  const { fingerprint256 } = new X509Certificate(pem)
  const privateKey = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { thumbprintSha256: fingerprint256.replaceAll(':', ''), privateKey, x5c: pem }
}

/** The audience that a federated identity credential of an app registration expects. */
const tokenExchange = 'api://AzureADTokenExchange/.default'

/** MSAL asks for it on every exchange; `@azure/identity` keeps the identity's token until shortly before its end. */
function managedIdentityAssertion(clientId: string) {
  const identity = new ManagedIdentityCredential({ clientId })
  return async () => {
    const { token } = await identity.getToken(tokenExchange).catch((cause: unknown) => {
      throw new EntraOutage('no token of the managed identity', { cause })
    })
    return token
  }
}
