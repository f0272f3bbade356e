/** What changed between the rows of two periods, the biggest change first. */
import { round } from './amounts.ts'
import type { Row } from './query-result.ts'
import { spelling } from './same-names.ts'

export type Mover = {
  name: string
  status: 'more' | 'less' | 'same' | 'new' | 'gone'
  cost: number
  previousCost: number
  change: number
  currency: string
}

/** One for each name and currency; of several currencies in turn, since their amounts do not compare. */
export function movers(options: {
  groupBy: string
  rows: readonly Row[]
  before: readonly Row[]
}): Mover[] {
  const { groupBy, rows, before } = options
  const spell = spelling(groupBy, [...rows, ...before])
  const amounts = (of: readonly Row[]) => {
    const sums = new Map<string, number>()
    for (const { name, currency, cost } of of) {
      const key = keyOf(spell(name), currency)
      sums.set(key, (sums.get(key) ?? 0) + cost)
    }
    return sums
  }
  const [is, was] = [amounts(rows), amounts(before)]
  const all = new Map(
    [...rows, ...before].map(({ name, currency }) => {
      const it = { name: spell(name), currency }
      return [keyOf(it.name, currency), it]
    }),
  )
  const moved = [...all].map(([key, { name, currency }]) => {
    const [cost, previousCost] = [is.get(key), was.get(key)]
    const change = round(round(cost ?? 0) - round(previousCost ?? 0))
    return {
      name,
      status: statusOf({ cost, previousCost, change }),
      cost: round(cost ?? 0),
      previousCost: round(previousCost ?? 0),
      change,
      currency,
    }
  })
  return [...Map.groupBy(moved, ({ currency }) => currency).values()]
    .flatMap((own) => own.toSorted(biggestFirst).map((it, rank) => ({ it, rank })))
    .toSorted((a, b) => a.rank - b.rank || (a.it.currency < b.it.currency ? -1 : 1))
    .map(({ it }) => it)
}

const keyOf = (name: string, currency: string) => JSON.stringify([name, currency])

function statusOf(amounts: {
  cost: number | undefined
  previousCost: number | undefined
  change: number
}): Mover['status'] {
  const { cost, previousCost, change } = amounts
  if (!previousCost && cost) return 'new'
  if (previousCost && !cost) return 'gone'
  if (change === 0) return 'same'
  return change > 0 ? 'more' : 'less'
}

const biggestFirst = (a: Mover, b: Mover) =>
  Math.abs(b.change) - Math.abs(a.change) || (a.name < b.name ? -1 : 1)
