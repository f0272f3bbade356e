/**
 * One On-Behalf-Of exchange (Entra's OAuth 2.0 OBO flow, the RFC 7523 §2.1 grant). Retried when Entra is out, never
 * when it refuses. token-cache/ decides what is kept of the answer.
 */
import { Failure, type FailureDetail } from '../failure.ts'
import { concurrencyLimit } from '../resilience/concurrency-limit.ts'
import { jittered, retry } from '../resilience/retry.ts'
import { Secret } from '../secret.ts'
import { lookUp } from './aadsts-lookup.ts'
import type { Breaker } from './breaker.ts'
import { type Caller, userKey } from './caller.ts'
import { claimsDemand } from './claims-demand.ts'
import { type MsalClient, unreachable } from './msal-client.ts'
import { EntraOutage, EntraRefusal } from './network.ts'

export type DownstreamToken = {
  token: Secret<'downstream token'>
  /** Milliseconds since 1970. */
  expiresAt: number
  /** When to renew it ahead, as Entra asked. */
  refreshAt: number
}

/** Milliseconds left that a token needs to be kept and served, so that it survives the call it is used in. */
export const margin = 5 * 60_000

/** Exchanges under way for one user; more wait, in milliseconds: well within a tool call's budget. */
const atOnce = 4
const longestWait = 30_000

/** Throws a Failure. `scope`: one delegated scope with its resource, `https://management.azure.com/user_impersonation`. */
export type OnBehalfOf = (
  caller: Caller,
  scope: string,
  /** What the downstream API demands of a new token (continuous access evaluation), Entra's JSON. */
  options?: { claims?: string },
) => Promise<DownstreamToken>

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
      client().acquireTokenOnBehalfOf({
        oboAssertion: caller.assertion.reveal(),
        scopes: [scope],
        ...(claims && { claims }),
      })
    try {
      const result = await limited(userKey(caller), now() + longestWait, () =>
        // The breaker hears how it ends: a try that a retry made good was no outage to anyone.
        breaker(caller, () =>
          retry(exchange, { waitAfter: pauseAfter, until: now() + lastStart, now }),
        ),
      )
      if (!result?.expiresOn) throw new EntraOutage('a token without expiry')
      const token = new Secret('downstream token', result.accessToken)
      const expiresAt = result.expiresOn.getTime()
      return { token, expiresAt, refreshAt: refreshAt(now(), expiresAt, result.refreshOn) }
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
      if (cause.body.claims) return claimsDemand(caller, cause.body.claims, { cause })
      if (kind === 'stale') return failure({ reason: 'sign_in_ended', person, operator, code })
      break
    case 'client':
    case 'final':
      break
  }
  return failure({ reason: 'exchange_refused', person, fixedBy, code, operator })
}

/** As Entra asks (`refresh_in`), past four fifths of the life that the cache serves at the latest; spread out, so that instances do not renew together. */
function refreshAt(now: number, expiresAt: number, asked: Date | undefined): number {
  const usable = expiresAt - margin - now
  const latest = now + usable * 0.8
  return Math.min(asked?.getTime() ?? latest, latest) + usable * 0.05 * Math.random()
}

/** Before each retry, in milliseconds; the last starts within 3 s of the first try. */
const pauses = [200, 600, 1200]
const lastStart = 3_000

const pauseAfter = (error: unknown, tries: number): number | undefined => {
  const isRetriable = error instanceof EntraOutage && error.retryAfterSeconds === undefined
  const planned = pauses[tries - 1]
  return isRetriable && planned ? jittered(planned) : undefined
}
