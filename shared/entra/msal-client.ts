/**
 * MSAL as protocol client: a fresh one for each use, whose cache and throttling die with it. Everything it could look
 * up is given, so that it asks Entra for tokens and nothing else.
 */
import { AuthError, ConfidentialClientApplication } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import type { Authority } from './authority.ts'
import type { ClientCredential } from './client-credential.ts'
import { type EntraOutage, tokenEndpointNetwork } from './network.ts'

export type MsalClient = (options?: {
  onAnswer?: (json: unknown) => void
}) => ConfidentialClientApplication

/** What Entra is told that this API can do: answer a claims challenge. Its tokens then live longer (continuous access evaluation). */
export const clientCapabilities = ['CP1']

export function msalClient(options: {
  authority: Authority
  clientId: string
  credential: ClientCredential
  fetch: typeof fetch
  now: () => number
}): MsalClient {
  const { authority, clientId, credential, fetch, now } = options
  const auth = { clientId, ...credential, ...metadata(authority), clientCapabilities }
  return (options) => {
    const system = { networkClient: tokenEndpointNetwork({ fetch, now, ...options }) }
    return new ConfidentialClientApplication({ auth, system })
  }
}

/** The id token is of another sign-in than the one that was asked for (OpenID Connect Core §3.1.3.7). */
export const isWrongNonce = (error: unknown): boolean =>
  error instanceof AuthError && error.errorCode === 'nonce_mismatch'

/** Seconds. A user's exchanges rest no longer, whatever Entra asked. */
const longestRest = 600

/** The Failure that a caller is told of an outage. */
export const unreachable = (outage: EntraOutage): Failure =>
  new Failure(
    {
      reason: 'entra_unreachable',
      retryAfterSeconds: Math.min(Math.max(1, outage.retryAfterSeconds ?? 5), longestRest),
    },
    { cause: outage },
  )

/**
 * MSAL refuses an http authority, but takes the endpoints in metadata as they are: which is how the emulator on
 * loopback is reached (settings.ts lets no other http pass).
 */
function metadata(authority: Authority) {
  const { host } = new URL(authority.issuer)
  return {
    authority: `https://${host}/${authority.tenantId}`,
    knownAuthorities: [host],
    authorityMetadata: JSON.stringify({
      issuer: `https://${host}/${authority.tenantId}/v2.0`,
      authorization_endpoint: authority.authorizationEndpoint,
      token_endpoint: authority.tokenEndpoint,
      jwks_uri: authority.discovery,
    }),
  }
}
