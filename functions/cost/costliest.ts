/** Which rows a page has, and the order in which they stand. */
import type { Row } from './query-result.ts'

/** The costliest of each currency first, in turn: amounts of several do not compare. */
export const ranked = (rows: readonly Row[]): Row[] =>
  [...Map.groupBy(rows, ({ currency }) => currency).values()]
    .flatMap((own) => own.toSorted(byCost).map((row, rank) => ({ row, rank })))
    .toSorted((a, b) => a.rank - b.rank || byCurrency(a.row, b.row))
    .map(({ row }) => row)

/** By day, then the costliest of each currency first. */
export const inOrder = (rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => byDate(a, b) || byCurrency(a, b) || byCost(a, b))

type Compare = (a: Row, b: Row) => number

const byDate: Compare = (a, b) => compare(a.date ?? '', b.date ?? '')
const byCurrency: Compare = (a, b) => compare(a.currency, b.currency)
const byCost: Compare = (a, b) =>
  b.cost - a.cost ||
  byDate(a, b) ||
  compare(a.name, b.name) ||
  compare(a.thenName ?? '', b.thenName ?? '')

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
