/**
 * One On-Behalf-Of exchange (Entra's OBO flow, the RFC 7523 §2.1 grant). Retried after an outage, never after a
 * refusal. token-cache/ decides what to keep.
 */
import { Failure, type FailureDetail } from '../failure.ts'
import { concurrencyLimit } from '../resilience/concurrency-limit.ts'
import { Secret } from '../secret.ts'
import type { TokenSource } from '../token-source.ts'
import { lookUp } from './aadsts-lookup.ts'
import type { Breaker } from './breaker.ts'
import { type Caller, userKey } from './caller.ts'
import { claimsChallenge } from './claims-challenge.ts'
import { type MsalClient, unreachable } from './msal-client.ts'
import { EntraOutage, EntraRefusal } from './network.ts'
import { retryOutages } from './retry-outages.ts'

export type DownstreamToken = {
  token: Secret<'downstream token'>
  /** Milliseconds since 1970. */
  expiresAt: number
  /** When to renew it ahead of expiry, as requested by Entra. */
  refreshAt: number
  /** Where it was obtained, for the audit line. */
  source: TokenSource
}

/** Milliseconds of remaining lifetime that a token needs to be served, so that it outlives the call that uses it. */
export const margin = 5 * 60_000

/**
 * Concurrent exchanges of one user. More wait this long, in milliseconds: well within the time limit of a tool call.
 */
const atOnce = 4
const longestWait = 30_000

/**
 * Throws a Failure. `scope`: one delegated scope with its resource, `https://management.azure.com/user_impersonation`.
 */
export type OnBehalfOf = (
  caller: Caller,
  scope: string,
  /** Claims that the downstream API requires in a new token (continuous access evaluation), Entra's JSON. */
  options?: { claims?: string | undefined },
) => Promise<DownstreamToken>

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
export function onBehalfOf(options: {
  client: MsalClient
  breaker: Breaker
  now: () => number
}): OnBehalfOf {
  const { client, breaker, now } = options
  const limited = concurrencyLimit({
    max: atOnce,
    now,
    tooLate: () => new Failure({ reason: 'too_many_at_once', what: 'exchanges' }),
  })

  return async (caller, scope, { claims } = {}) => {
    const exchange = () =>
      client((msal) =>
        msal.acquireTokenOnBehalfOf({
          oboAssertion: caller.assertion.reveal(),
          scopes: [scope],
          ...(claims && { claims }),
        }),
      )
    try {
      const result = await limited(userKey(caller), now() + longestWait, () =>
        // The breaker sees only the final outcome: a failure that a retry fixed was not an outage.
        breaker(caller, () => retryOutages(exchange, now)),
      )
      if (!result?.expiresOn) throw new EntraOutage('a token without expiry')
      const token = new Secret('downstream token', result.accessToken)
      const expiresAt = result.expiresOn.getTime()
      const refreshAt = refreshTime(now(), expiresAt, result.refreshOn)
      return { token, expiresAt, refreshAt, source: 'entra' }
    } catch (cause) {
      if (cause instanceof EntraRefusal) throw failureOf(cause, caller, scope)
      if (cause instanceof EntraOutage) throw unreachable(cause)
      throw cause
    }
  }
}

function failureOf(cause: EntraRefusal, caller: Caller, scope: string): Failure {
  const { class: kind, person, fixedBy, operator, code } = lookUp(cause.body)
  const failure = (detail: FailureDetail) => new Failure(detail, { cause })
  switch (kind) {
    case 'consent':
      return failure({ reason: 'consent_required', scope })
    case 'admin_consent':
      return failure({ reason: 'admin_consent_required', scope })
    case 'sign_in':
    case 'stale':
      if (cause.body.claims) return claimsChallenge(caller, cause.body.claims, { cause })
      if (kind === 'stale') return failure({ reason: 'sign_in_ended', person, operator, code })
      break
    case 'client':
    case 'final':
      break
  }
  return failure({ reason: 'exchange_refused', person, fixedBy, code, operator })
}

/**
 * As Entra requests (`refresh_in`), at the latest after four fifths of the lifetime in the cache. Randomized, so that
 * instances do not renew at the same time.
 */
function refreshTime(now: number, expiresAt: number, asked: Date | undefined): number {
  const usable = expiresAt - margin - now
  const latest = now + usable * 0.8
  return Math.min(asked?.getTime() ?? latest, latest) + usable * 0.05 * Math.random()
}
