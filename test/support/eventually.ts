/** Waits for what happens in the background after an answer, for a limited time. */
import { setTimeout as pause } from 'node:timers/promises'

const patience = 10_000

/** @throws what `attempt` throws last, when it does not succeed in time */
export async function eventually<T>(attempt: () => Promise<T> | T): Promise<T> {
  for (const end = Date.now() + patience; ; await pause(10)) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
