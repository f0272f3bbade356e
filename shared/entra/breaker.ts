/**
 * The circuit breaker for Entra: a `Retry-After` pauses only the user whose exchange received it; three different users
 * in a row with an outage pause all users. Cached tokens are served without it.
 */
import { circuitBreaker } from '../resilience/circuit-breaker.ts'
import { type User, userKey } from './caller.ts'
import { EntraOutage } from './network.ts'

/**
 * Runs a request to Entra for a user, or throws an {@link EntraOutage} that says when to retry. Until a sign-in is
 * complete only the browser is known.
 */
export type Breaker = <T>(
  asking: User | { browser: string },
  attempt: () => Promise<T>,
) => Promise<T>

/** One breaker per process, since every request goes to the same token endpoint. */
export function breaker({ now }: { now: () => number }): Breaker {
  const run = circuitBreaker({
    now,
    opensAfter: 3,
    // A refusal is an answer: Entra is available.
    outageOf: (error) => (error instanceof EntraOutage ? error : undefined),
    resting: (retryAfterSeconds) =>
      new EntraOutage('not asked, after recent outages', { retryAfterSeconds }),
  })
  return (asking, attempt) => run('browser' in asking ? asking.browser : userKey(asking), attempt)
}
