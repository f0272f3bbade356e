/**
 * Entra's patience, kept per user: a `Retry-After` rests the user whose exchange got it, and three different users in
 * a row whose exchanges ended in an outage rest everyone. Cached tokens are served without coming here.
 */
import { circuitBreaker } from '../resilience/circuit-breaker.ts'
import { type Caller, userKey } from './caller.ts'
import { EntraOutage } from './network.ts'

/** Runs a request to Entra for a user, or throws an {@link EntraOutage} that says when to come again. */
export type Breaker = <T>(
  user: Pick<Caller, 'tid' | 'oid'>,
  attempt: () => Promise<T>,
) => Promise<T>

export function breaker({ now }: { now: () => number }): Breaker {
  const run = circuitBreaker({
    now,
    opensAfter: 3,
    // A refusal is an answer: Entra is there.
    outageOf: (error) => (error instanceof EntraOutage ? error : undefined),
    resting: (retryAfterSeconds) => new EntraOutage('left alone', { retryAfterSeconds }),
  })
  return (user, attempt) => run(userKey(user), attempt)
}
