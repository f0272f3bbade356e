/** Sums for charts and tables, and the days of a chart. */

export const sumOf = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + amount(item), 0)

/** To four decimals, as the tools do, so that floating point leaves no tail. */
export const exact = (amount: number) => Math.round(amount * 10_000) / 10_000 + 0

const oneDay = 24 * 60 * 60_000

/** `YYYY-MM-DD`, including both. */
export function daysOf({ from, to }: { from: string; to: string }): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  const count = Math.min(Math.max(0, Math.round((last - first) / oneDay)), 366)
  return Array.from({ length: count + 1 }, (_, index) =>
    new Date(first + index * oneDay).toISOString().slice(0, 10),
  )
}
