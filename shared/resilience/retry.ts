/** Tries again after a failure, for as long as there is time. Which failures deserve that is left to the caller. */
import { setTimeout as pauseFor } from 'node:timers/promises'

/** Rejects with the last try's error. */
export async function retry<T>(
  attempt: () => Promise<T>,
  options: {
    /** Milliseconds to wait before the next try; undefined: there is none. `tries`: made so far. */
    waitAfter: (error: unknown, tries: number) => number | undefined
    /** Milliseconds since 1970: no try starts later. */
    until: number
    now: () => number
    pause?: (milliseconds: number) => Promise<unknown>
  },
): Promise<T> {
  const { waitAfter, until, now, pause = pauseFor } = options
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      const wait = waitAfter(error, tries)
      if (wait === undefined || now() + wait > until) throw error
      await pause(wait)
    }
  }
}

/** Half to one and a half of the milliseconds: callers that failed together do not come back together. */
export const jittered = (milliseconds: number): number => milliseconds * (0.5 + Math.random())
