/** Retries after a failure while there is time. The caller decides which failures to retry. */
import { setTimeout as pauseFor } from 'node:timers/promises'

/** Rejects with the error of the last attempt. */
export async function retry<T>(
  attempt: () => Promise<T>,
  options: {
    /** Milliseconds to wait before the next attempt; undefined: no more attempts. `tries`: attempts so far. */
    waitAfter: (error: unknown, tries: number) => number | undefined
    /** Milliseconds since 1970: no attempt starts later. */
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

/** Between half and one and a half of the milliseconds, so that callers that failed together do not retry together. */
export const jittered = (milliseconds: number): number => milliseconds * (0.5 + Math.random())
