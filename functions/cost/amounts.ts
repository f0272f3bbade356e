/** Sums of money. Amounts of different currencies are never added or compared. */
import * as z from '../../shared/zod.ts'

type Amount = { currency: string; cost: number }

/** As Azure sends it. The bound keeps sums and rounded amounts finite. */
export const amount = z.number().min(-1e100).max(1e100)

/** The sum for each currency. */
export type Totals = ReadonlyMap<string, Amount>

/** One row for each key, with the costs of its rows added up and the other fields of the last one. */
export function addedUp<Row extends { cost: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Map<string, Row> {
  const sums = new Map<string, Row>()
  for (const row of rows) {
    const key = keyOf(row)
    sums.set(key, { ...row, cost: row.cost + (sums.get(key)?.cost ?? 0) })
  }
  return sums
}

export const totalsOf = (amounts: readonly Amount[]): Totals =>
  addedUp(
    amounts.map(({ currency, cost }) => ({ currency, cost })),
    ({ currency }) => currency,
  )

/** Whether two totals agree to half a cent. Adding in another order changes less, a missing day changes more. */
export const isSame = (one: Totals, other: Totals) =>
  [...one.keys(), ...other.keys()].every(
    (currency) =>
      Math.abs((one.get(currency)?.cost ?? 0) - (other.get(currency)?.cost ?? 0)) < 0.005,
  )

/** To four decimals, so that floating point leaves no tail. */
export const round = (amount: number) => Math.round(amount * 10_000) / 10_000

/** The sum for one currency, to four decimals. */
export const amountOf = (totals: Totals, currency = '') => round(totals.get(currency)?.cost ?? 0)

/** The first of each currency, then the second of each, and so on. */
export const inTurn = <Row extends { currency: string }>(
  rows: readonly Row[],
  order: (a: Row, b: Row) => number,
): Row[] =>
  [...Map.groupBy(rows, ({ currency }) => currency).values()]
    .flatMap((own) => own.toSorted(order).map((row, rank) => ({ row, rank })))
    .toSorted((a, b) => a.rank - b.rank || compare(a.row.currency, b.row.currency))
    .map(({ row }) => row)

export const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export const currency = z.string().describe('ISO 4217; empty where Azure names none')

export const partial = z.string().optional().describe('Why a total may be incomplete')

/** The sentences that apply, as the value of `partial`. */
export const notes = (...sentences: readonly (string | false | undefined)[]) =>
  sentences.filter(Boolean).join(' ') || undefined

export const asOf = z
  .string()
  .describe('When Azure gave the data, ISO 8601; answers are reused for ten minutes')
