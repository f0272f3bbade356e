/**
 * Shields calls from a slow or failing table: no call fails because of it, few wait for it, and it is reported to the
 * operator once a minute.
 */
import { RestError } from '@azure/data-tables'
import type { Severity } from '../failure.ts'
import { circuitBreaker } from '../resilience/circuit-breaker.ts'

/** Writes a line for an operator: `outcome` is one word, `detail` the facts. `warning` by default. */
export type Report = (outcome: string, detail: string, severity?: Severity) => void

/** Runs the task, unless the table has just failed several times. Undefined if it did not run or failed. */
export type Spare = <T>(run: () => Promise<T>) => Promise<T | undefined>

/** Milliseconds that a call waits for the table, since it can ask Entra instead. */
export const spareTime = 300

const sayEvery = 60_000
/** A single failure may be a coincidence. */
const failuresInARow = 3

/** One per table: three failures in a row open its circuit breaker. */
export function sparing({ now, report }: { now: () => number; report: Report }): Spare {
  const notAsked = new Error('not asked')
  const breaker = circuitBreaker({
    now,
    opensAfter: failuresInARow,
    // A write may take longer than a call waits.
    answersWithin: spareTime,
    outageOf: () => ({}),
    resting: () => notAsked,
  })
  let saidAt = Number.NEGATIVE_INFINITY
  return async (run) => {
    try {
      return await breaker(Symbol('use of the table'), run)
    } catch (error) {
      if (error !== notAsked && now() - saidAt >= sayEvery) {
        saidAt = now()
        report('cache_table_failed', describe(error), 'error')
      }
      return undefined
    }
  }
}

/** An error answer without a body has no message. */
function describe(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  return said || `HTTP ${error instanceof RestError ? error.statusCode : 'error'}`
}
