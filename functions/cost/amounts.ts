/** Sums of money. Amounts of two currencies are never added; floating point leaves no tail. */
import * as z from '../../shared/zod.ts'
import type { Row } from './query-result.ts'

type Amount = Pick<Row, 'currency' | 'cost'>

/** Amount by currency. */
export type Totals = ReadonlyMap<string, number>

export function totalsOf(amounts: readonly Amount[]): Totals {
  const totals = new Map<string, number>()
  for (const { currency, cost } of amounts) {
    totals.set(currency, (totals.get(currency) ?? 0) + cost)
  }
  return totals
}

export const added = (all: readonly Totals[]): Totals =>
  totalsOf(all.flatMap((totals) => [...totals].map(([currency, cost]) => ({ currency, cost }))))

/** To half a cent: what adding in another order leaves is less, and a day that matters is more. */
export const isSame = (one: Totals, other: Totals) =>
  [...one.keys(), ...other.keys()].every(
    (currency) => Math.abs((one.get(currency) ?? 0) - (other.get(currency) ?? 0)) < 0.005,
  )

/** To four decimals. */
export const round = (amount: number) => Math.round(amount * 10_000) / 10_000

/** Of one currency, to four decimals. */
export const amountOf = (totals: Totals, currency = '') => round(totals.get(currency) ?? 0)

export const asOf = z
  .string()
  .describe('When Azure was asked, ISO 8601: answers are kept for ten minutes')
