/** Sums of money. Amounts of two currencies are never added; floating point leaves no tail. */
import type { Row } from './query-result.ts'

/** Amount by currency. */
export type Totals = ReadonlyMap<string, number>

export function totalsOf(rows: readonly Row[]): Totals {
  const totals = new Map<string, number>()
  for (const { currency, cost } of rows) totals.set(currency, (totals.get(currency) ?? 0) + cost)
  return totals
}

export function added(all: readonly Totals[]): Totals {
  const sum = new Map<string, number>()
  for (const totals of all) {
    for (const [currency, cost] of totals) sum.set(currency, (sum.get(currency) ?? 0) + cost)
  }
  return sum
}

/** To half a cent, which is less than any day missing would make. */
export const isSame = (one: Totals, other: Totals) =>
  [...one.keys(), ...other.keys()].every(
    (currency) => Math.abs((one.get(currency) ?? 0) - (other.get(currency) ?? 0)) < 0.005,
  )

export const round = (amount: number) => Math.round(amount * 10_000) / 10_000
