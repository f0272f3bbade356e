/**
 * Leaves Entra alone when it asks for that, or when it has not answered for a while; then one try at a time finds out
 * whether it is back. Whose tokens are cached does not come here and notices nothing.
 */
import { EntraOutage } from './network.ts'

/** Runs a try, or throws an {@link EntraOutage} that says when to come again. */
export type Breaker = <T>(attempt: () => Promise<T>) => Promise<T>

const outagesInARow = 20
/** Milliseconds. */
const restWithoutRetryAfter = 5_000

export function breaker({ now }: { now: () => number }): Breaker {
  let outages = 0
  let openUntil = 0
  let isTrying = false

  const note = (outage: EntraOutage) => {
    outages += 1
    const asked = outage.retryAfterSeconds
    if (asked !== undefined) openUntil = now() + asked * 1000
    else if (outages >= outagesInARow) openUntil = now() + restWithoutRetryAfter
  }

  const noteAnswer = (isProbe: boolean) => {
    outages = 0
    // A late answer to a call begun before says nothing of now.
    if (isProbe) openUntil = 0
  }

  return async (attempt) => {
    const rest = openUntil - now()
    const isProbe = openUntil > 0
    if (rest > 0 || (isProbe && isTrying)) {
      throw new EntraOutage('left alone', {
        retryAfterSeconds: Math.max(1, Math.ceil(rest / 1000)),
      })
    }
    if (isProbe) isTrying = true
    try {
      const result = await attempt()
      noteAnswer(isProbe)
      return result
    } catch (error) {
      // A refusal is an answer: Entra is there.
      if (error instanceof EntraOutage) note(error)
      else noteAnswer(isProbe)
      throw error
    } finally {
      if (isProbe) isTrying = false
    }
  }
}
