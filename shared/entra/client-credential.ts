/**
 * How this app authenticates at Entra, as MSAL configuration, created once from settings. settings.ts chooses the
 * credential; msal-client.ts uses it.
 */
import type { NodeAuthOptions } from '@azure/msal-node'
import type { ClientCertificate } from '../client-certificate.ts'
import type { ClientCredentialSetting } from '../settings.ts'
import { managedIdentityAssertion } from './managed-identity.ts'

export type ClientCredential = Pick<
  NodeAuthOptions,
  'clientAssertion' | 'clientCertificate' | 'clientSecret'
>

/** `authorityHost` decides the cloud of a managed identity's assertion. */
export function clientCredential(
  setting: ClientCredentialSetting,
  options: { authorityHost: string; now: () => number },
): ClientCredential {
  switch (setting.kind) {
    case 'secret':
      return { clientSecret: setting.secret.reveal() }
    case 'certificate':
      return { clientCertificate: configured(setting.certificate) }
    case 'managed_identity':
      return {
        clientAssertion: managedIdentityAssertion({ ...options, clientId: setting.clientId }),
      }
  }
}

const configured = ({ thumbprintSha256, chain, privateKey }: ClientCertificate) => ({
  thumbprintSha256,
  x5c: chain,
  privateKey: privateKey.reveal(),
})
