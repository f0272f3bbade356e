/** Which rows a limit keeps, and the order in which they stand. */
import type { Row } from './query-result.ts'

/** The limit is shared out among currencies, the costliest of each first: their amounts do not compare. */
export function costliest(rows: readonly Row[], limit: number): { shown: Row[]; left: Row[] } {
  const ranked = [...Map.groupBy(rows, ({ currency }) => currency).values()]
    .flatMap((own) => own.toSorted(byCost).map((row, rank) => ({ row, rank })))
    .toSorted((a, b) => a.rank - b.rank || byCurrency(a.row, b.row))
    .map(({ row }) => row)
  return { shown: ranked.slice(0, limit), left: ranked.slice(limit) }
}

/** By day, then the costliest of each currency first. */
export const inOrder = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => byDate(a, b) || byCurrency(a, b) || byCost(a, b))

type Compare = (a: Row, b: Row) => number

const byDate: Compare = (a, b) => compare(a.date ?? '', b.date ?? '')
const byCurrency: Compare = (a, b) => compare(a.currency, b.currency)
const byCost: Compare = (a, b) => b.cost - a.cost || byDate(a, b) || compare(a.name, b.name)

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
