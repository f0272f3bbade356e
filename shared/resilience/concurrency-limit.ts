/** Limits how many tasks run at once for each key. More tasks wait for their turn, first come first served. */

/**
 * Runs the task at its turn. Rejects with the error of `tooLate` if its turn has not come by `until` (milliseconds
 * since 1970).
 */
export type ConcurrencyLimit = <T>(key: string, until: number, run: () => Promise<T>) => Promise<T>

type Slots = { taken: number; waiting: Set<() => void> }

/** `max`: tasks of one key at once. `now`: milliseconds since 1970. */
export function concurrencyLimit(options: {
  max: number
  now: () => number
  tooLate: () => Error
}): ConcurrencyLimit {
  const { max, now, tooLate } = options
  /** Holds only keys with running tasks. */
  const underWay = new Map<string, Slots>()

  const take = async (slots: Slots, until: number) => {
    if (slots.taken < max) {
      slots.taken += 1
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = () => {
      slots.waiting.delete(resolve)
      reject(tooLate())
    }
    const timer = setTimeout(giveUp, Math.max(0, until - now()))
    slots.waiting.add(resolve)
    await promise.finally(() => clearTimeout(timer))
  }

  /** The task that has waited longest gets the slot. */
  const give = (key: string, slots: Slots) => {
    const [next] = slots.waiting
    if (next) {
      slots.waiting.delete(next)
      next()
      return
    }
    slots.taken -= 1
    if (slots.taken === 0) underWay.delete(key)
  }

  return async (key, until, run) => {
    const slots = underWay.get(key) ?? { taken: 0, waiting: new Set() }
    underWay.set(key, slots)
    await take(slots, until)
    try {
      return await run()
    } finally {
      give(key, slots)
    }
  }
}
