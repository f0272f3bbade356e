/**
 * What stands between the calls and a table that is slow or down: nobody fails for it, nobody waits for it again and
 * again, and an operator hears of it once a minute.
 */
import type { Severity } from '../failure.ts'

/** Tells an operator: `outcome` in a word, `detail` of what. A `warning` unless it says otherwise. */
export type Report = (outcome: string, detail: string, severity?: Severity) => void

/** Runs it, unless the table has just failed several times; nothing when it cannot be had. */
export type Spare = <T>(run: () => Promise<T>) => Promise<T | undefined>

/** Milliseconds that a call can spare for the table when it can ask Entra instead. */
export const spareTime = 300

const sayEvery = 60_000
const leaveAlone = 5_000
/** One failure may be chance. */
const failuresInARow = 3

export function sparing({ now, report }: { now: () => number; report: Report }): Spare {
  let failures = 0
  let closedUntil = 0
  let saidAt = Number.NEGATIVE_INFINITY
  return async (run) => {
    const begun = now()
    if (begun < closedUntil) return undefined
    try {
      const result = await run()
      // An answer that came later than a call could wait for it is no sign that it is well again.
      if (now() - begun <= spareTime) failures = 0
      return result
    } catch (error) {
      failures += 1
      if (failures >= failuresInARow) closedUntil = now() + leaveAlone
      if (now() - saidAt >= sayEvery) {
        saidAt = now()
        report('cache_table_failed', describe(error), 'error')
      }
      return undefined
    }
  }
}

const describe = (error: unknown) => (error instanceof Error ? error.message : String(error))
