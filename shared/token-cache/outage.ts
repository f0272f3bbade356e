/**
 * What stands between the calls and a table that is slow or down: nobody fails for it, nobody waits for it again and
 * again, and an operator hears of it once a minute.
 */
import type { Severity } from '../failure.ts'
import { circuitBreaker } from '../resilience/circuit-breaker.ts'

/** Tells an operator: `outcome` in a word, `detail` of what. A `warning` unless it says otherwise. */
export type Report = (outcome: string, detail: string, severity?: Severity) => void

/** Runs it, unless the table has just failed several times; nothing when it cannot be had. */
export type Spare = <T>(run: () => Promise<T>) => Promise<T | undefined>

/** Milliseconds that a call can spare for the table when it can ask Entra instead. */
export const spareTime = 300

const sayEvery = 60_000
/** One failure may be chance. */
const failuresInARow = 3

export function sparing({ now, report }: { now: () => number; report: Report }): Spare {
  const leftAlone = new Error('left alone')
  const breaker = circuitBreaker({
    now,
    opensAfter: failuresInARow,
    // A write may wait longer than a call can.
    answersWithin: spareTime,
    outageOf: () => ({}),
    resting: () => leftAlone,
  })
  let saidAt = Number.NEGATIVE_INFINITY
  return async (run) => {
    try {
      return await breaker(Symbol('use of the table'), run)
    } catch (error) {
      if (error !== leftAlone && now() - saidAt >= sayEvery) {
        saidAt = now()
        report('cache_table_failed', describe(error), 'error')
      }
      return undefined
    }
  }
}

const describe = (error: unknown) => (error instanceof Error ? error.message : String(error))
