/** What changed between the rows of two periods. */
import * as z from '../../shared/zod.ts'
import { addedUp, compare, currency, inTurn, round } from './amounts.ts'
import type { Row } from './query.ts'
import { spelling } from './same-names.ts'

/** What changed, of a total or of one group. */
export const changed = {
  currency,
  cost: z.number(),
  previousCost: z.number().describe('Of the previous period'),
  change: z.number().describe('cost minus previousCost; positive: it costs more than before'),
}
export const mover = z.object({
  name: z.string().describe('Of the group; empty for costs that have no such tag or location'),
  status: z.enum(['more', 'less', 'same', 'new', 'gone']),
  ...changed,
})
type Mover = z.output<typeof mover>

/** One for each name and currency; the biggest change of each currency first. */
export function movers(options: {
  groupBy: string
  rows: readonly Row[]
  before: readonly Row[]
}): Mover[] {
  const { groupBy, rows, before } = options
  const spell = spelling(groupBy, [...rows, ...before])
  const amounts = (of: readonly Row[]) =>
    addedUp(
      of.map(({ name, currency, cost }) => ({ name: spell(name), currency, cost })),
      ({ name, currency }) => JSON.stringify([name, currency]),
    )
  const [is, was] = [amounts(rows), amounts(before)]
  const moved = [...new Map([...is, ...was])].map(([key, { name, currency }]) => {
    const cost = round(is.get(key)?.cost ?? 0)
    const previousCost = round(was.get(key)?.cost ?? 0)
    const change = round(cost - previousCost)
    const status = statusOf({ cost, previousCost, change })
    return { name, status, cost, previousCost, change, currency }
  })
  return inTurn(moved, (a, b) => Math.abs(b.change) - Math.abs(a.change) || compare(a.name, b.name))
}

function statusOf(amounts: Pick<Mover, 'cost' | 'previousCost' | 'change'>): Mover['status'] {
  const { cost, previousCost, change } = amounts
  if (change === 0) return 'same'
  if (!previousCost) return 'new'
  if (!cost) return 'gone'
  return change > 0 ? 'more' : 'less'
}
