/**
 * MSAL as a protocol client: a new one for each use, so that its cache and throttling do not persist. All metadata is
 * provided, so that it calls Entra's token endpoint only. Loaded on first use: a new instance serves users whose token is
 * in the table without it.
 */
import type { ConfidentialClientApplication as Msal } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import { at } from '../json.ts'
import type { Authority } from './authority.ts'
import type { ClientCredential } from './client-credential.ts'
import { type EntraOutage, tokenEndpointNetwork } from './network.ts'

/**
 * Runs `ask` with a new client.
 * @throws EntraRefusal, EntraOutage (network.ts), or MSAL's error about an answer
 */
export type MsalClient = <Result>(
  ask: (msal: Msal) => Promise<Result>,
  options?: { onAnswer?: (json: unknown) => void },
) => Promise<Result>

export type { Msal }

/** Node loads the package once, however often this is called. */
export const loadMsal = () => import('@azure/msal-node')

/**
 * The client capability declared to Entra: this API can handle a claims challenge. Tokens then live longer (continuous
 * access evaluation).
 */
export const clientCapabilities = ['CP1']

/** `now`: milliseconds since 1970. */
export function msalClient(options: {
  authority: Authority
  clientId: string
  credential: ClientCredential
  fetch: typeof fetch
  now: () => number
}): MsalClient {
  const { authority, clientId, credential, fetch, now } = options
  const auth = { clientId, ...credential, ...metadata(authority), clientCapabilities }
  return async (ask, options) => {
    const { ConfidentialClientApplication } = await loadMsal()
    let failure: unknown
    const onFailure = (error: unknown) => {
      failure = error
    }
    const networkClient = tokenEndpointNetwork({ fetch, now, onFailure, ...options })
    try {
      return await ask(new ConfidentialClientApplication({ auth, system: { networkClient } }))
    } catch (error) {
      // MSAL replaces an error of its network module by one of its own.
      throw failure ?? error
    }
  }
}

/** The id token belongs to another sign-in than the requested one (OpenID Connect Core §3.1.3.7). */
export const isWrongNonce = (error: unknown): boolean =>
  error instanceof Error && at(error, 'errorCode') === 'nonce_mismatch'

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
