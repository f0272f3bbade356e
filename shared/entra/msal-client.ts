/**
 * MSAL as a protocol client: a new one for each use, so that its cache and throttling do not persist. All metadata is
 * provided, so that it calls Entra's token endpoint only.
 */
import { AuthError, ConfidentialClientApplication } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import type { Authority } from './authority.ts'
import type { ClientCredential } from './client-credential.ts'
import { type EntraOutage, tokenEndpointNetwork } from './network.ts'

export type MsalClient = (options?: {
  onAnswer?: (json: unknown) => void
}) => ConfidentialClientApplication

/**
 * The client capability declared to Entra: this API can handle a claims challenge. Tokens then live longer (continuous
 * access evaluation).
 */
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

/** The id token belongs to another sign-in than the requested one (OpenID Connect Core §3.1.3.7). */
export const isWrongNonce = (error: unknown): boolean =>
  error instanceof AuthError && error.errorCode === 'nonce_mismatch'

/** Seconds. The longest pause of one user's exchanges, whatever Entra requested. */
const longestRest = 600

/** Seconds to tell a caller that met the outage. */
export const secondsToWait = ({ retryAfterSeconds = 5 }: EntraOutage): number =>
  Math.min(Math.max(1, retryAfterSeconds), longestRest)

/** The Failure for an outage. */
export const unreachable = (outage: EntraOutage): Failure =>
  new Failure(
    { reason: 'entra_unreachable', retryAfterSeconds: secondsToWait(outage) },
    { cause: outage },
  )

/**
 * MSAL rejects an http authority, but uses the endpoints in the metadata unchanged. This is how the emulator on
 * loopback is reached (settings.ts allows no other http URL).
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
