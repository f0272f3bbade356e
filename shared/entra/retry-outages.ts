/** Retries a request to Entra's token endpoint after an outage. Never after a refusal, or when Entra says how long to wait. */
import { jittered, retry } from '../resilience/retry.ts'
import { EntraOutage } from './network.ts'

/** Milliseconds before each retry; the last retry starts within 3 s of the first attempt. */
const pauses = [200, 600, 1200]
const lastStart = 3_000

/** Rejects with the error of the last attempt. `attempt` must be safe to repeat: a code is good once. */
export const retryOutages = <T>(attempt: () => Promise<T>, now: () => number): Promise<T> =>
  retry(attempt, { waitAfter: pauseAfter, until: now() + lastStart, now })

const pauseAfter = (error: unknown, tries: number): number | undefined => {
  const isRetriable = error instanceof EntraOutage && error.retryAfterSeconds === undefined
  const planned = pauses[tries - 1]
  return isRetriable && planned ? jittered(planned) : undefined
}
