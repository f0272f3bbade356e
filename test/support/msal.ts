/** Our API as a client of the Entra emulator: the real MSAL, one application per call. */
import { ConfidentialClientApplication, type Configuration } from '@azure/msal-node'
import type { Entra } from '../../local/entra/server.ts'
import { clients } from '../../local/seed.ts'

/**
 * MSAL wants https in an authority, but takes the endpoints from its metadata as they are.
 * @param auth its secret unless given
 */
export function msal(
  { origin, tenantId }: Entra,
  auth: Partial<Configuration['auth']> = { clientSecret: clients.api.secret },
): ConfidentialClientApplication {
  const { host } = new URL(origin)
  const authority = `https://${host}/${tenantId}`
  return new ConfidentialClientApplication({
    auth: {
      clientId: clients.api.clientId,
      authority,
      knownAuthorities: [host],
      authorityMetadata: JSON.stringify({
        issuer: `${origin}/${tenantId}/v2.0`,
        token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
      }),
      ...auth,
    },
  })
}
