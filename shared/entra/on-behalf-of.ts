/**
 * One On-Behalf-Of exchange (Entra's OAuth 2.0 OBO flow, the RFC 7523 §2.1 grant) through MSAL as protocol client: a
 * fresh client each time, whose cache and throttling die with it. Retried when Entra is out, never when it refuses.
 * What is kept of the answer is token-cache.ts's.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { ConfidentialClientApplication } from '@azure/msal-node'
import { Failure } from '../failure.ts'
import { Secret } from '../secret.ts'
import type { Authority } from './authority.ts'
import type { Caller } from './caller.ts'
import type { ClientCredential } from './client-credential.ts'
import { EntraOutage, EntraRefusal, tokenEndpointNetwork } from './network.ts'
import { sortRefusal } from './refusals.ts'

export type DownstreamToken = {
  token: Secret<'downstream token'>
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Throws a Failure. `scope`: one delegated scope with its resource, `https://management.azure.com/user_impersonation`. */
export type OnBehalfOf = (caller: Caller, scope: string) => Promise<DownstreamToken>

export function onBehalfOf(options: {
  authority: Authority
  clientId: string
  credential: ClientCredential
  fetch: typeof fetch
  now: () => number
}): OnBehalfOf {
  const { clientId, credential, fetch, now } = options
  const auth = { clientId, ...credential, ...msalAuthority(options.authority) }
  const system = { networkClient: tokenEndpointNetwork({ fetch }) }

  return async (caller, scope) => {
    const exchange = () =>
      new ConfidentialClientApplication({ auth, system }).acquireTokenOnBehalfOf({
        oboAssertion: caller.assertion.reveal(),
        scopes: [scope],
      })
    try {
      const result = await withRetries(exchange, now)
      if (!result?.expiresOn) throw new EntraOutage('a token without expiry')
      return {
        token: new Secret('downstream token', result.accessToken),
        expiresAt: result.expiresOn.getTime(),
      }
    } catch (cause) {
      if (cause instanceof EntraRefusal)
        throw new Failure(sortRefusal(cause.body, caller, scope), { cause })
      if (cause instanceof EntraOutage) {
        const retryAfterSeconds = cause.retryAfterSeconds ?? 5
        throw new Failure({ reason: 'entra_unreachable', retryAfterSeconds }, { cause })
      }
      throw cause
    }
  }
}

/** Before each retry, in milliseconds; the last starts within 3 s of the first try. */
const pauses = [200, 600, 1200]
const lastStart = 3_000

async function withRetries<T>(attempt: () => Promise<T>, now: () => number): Promise<T> {
  const begun = now()
  for (let tried = 0; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      const planned = pauses[tried]
      const retriable = error instanceof EntraOutage && error.retryAfterSeconds === undefined
      if (!retriable || planned === undefined) throw error
      // Jitter: callers that failed together do not come back together.
      const wait = planned * (0.5 + Math.random())
      if (now() + wait - begun > lastStart) throw error
      await pause(wait)
    }
  }
}

/**
 * All metadata given, so that MSAL looks up nothing. It refuses an http authority, but takes the endpoints in the
 * metadata as they are: which is how the emulator on loopback is reached (settings.ts lets no other http pass).
 */
function msalAuthority(authority: Authority) {
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
