/** Compares what one scope costs in two periods. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { amountOf, asOf, notes, partial, round, totalsOf } from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { managementGroupNote, scopeArgument } from './cost-scope.ts'
import { filterArguments, filterOf } from './filters.ts'
import { groupBy } from './grouping.ts'
import { changed, mover, movers } from './movers.ts'
import { nextPage, pageArguments, pages } from './paging.ts'
import {
  checkRange,
  type Days,
  date,
  daysArguments,
  daysAsked,
  daysBefore,
  span,
} from './period.ts'
import { queryCosts } from './query.ts'
import { refuse } from './refuse.ts'

export const compareCosts = defineTool({
  name: 'compare_costs',
  description:
    'Compares what an Azure subscription, resource group or management group costs in two periods: both totals, and the services (or other groups) with the biggest changes first, including those that are new or gone. A service that Azure renamed is gone under its old name and new under the other. Use it to explain why costs changed.',
  effect: 'reads',
  access: costReader,
  downstream: arm,
  ui: chart,
  input: z.strictObject({
    scope: scopeArgument,
    groupBy: groupBy.default('service'),
    ...daysArguments,
    previousFrom: date
      .optional()
      .describe(
        'First day of the previous period, YYYY-MM-DD; defaults to the period right before',
      ),
    previousTo: date.optional().describe('Last day of the previous period, YYYY-MM-DD'),
    ...filterArguments,
    ...pageArguments,
  }),
  output: z.object({
    from: z.string().describe('First day counted'),
    to: z.string().describe('Last day counted'),
    previous: span,
    totals: z.array(z.object(changed)),
    rows: z.array(mover),
    omitted: z.object({ rows: z.number().describe('How many rows are on other pages') }),
    nextPage,
    partial,
    asOf,
  }),
  async run(context) {
    const { input, binding, now } = context
    const { scope, groupBy, limit, page } = input
    const { days, cut } = daysAsked(input, now())
    const previous = previousDays(input, { days, now: now() })
    const question = { scope, groups: [groupBy], filter: filterOf(input), days }
    const pageOf = pages({ binding, page, question: [question, previous] })
    const costs = costManagement(context)
    const [rows, before] = await Promise.all([
      queryCosts(costs, question, { daily: false }),
      queryCosts(costs, { ...question, days: previous }, { daily: false }),
    ])
    const [is, was] = [totalsOf(rows), totalsOf(before)]
    const moved = movers({ groupBy, rows, before })
    const total = moved.reduce((sum, { cost, previousCost }) => sum + cost - 2 * previousCost, 0)
    const { shown, left, nextPage } = pageOf(moved, { limit, total })
    const totals = [...new Set([...is.keys(), ...was.keys()])].sort().map((currency) => {
      const [cost, previousCost] = [amountOf(is, currency), amountOf(was, currency)]
      return { currency, cost, previousCost, change: round(cost - previousCost) }
    })
    return {
      ...{ ...days, previous, totals, rows: shown, nextPage },
      omitted: { rows: left.length },
      partial: notes(cut, managementGroupNote(scope)),
      asOf: costs.asOf(),
    }
  },
})

function previousDays(
  input: { previousFrom?: string | undefined; previousTo?: string | undefined },
  { days, now }: { days: Days; now: number },
): Days {
  const { previousFrom: from, previousTo: to } = input
  if (!from && !to) return daysBefore(days)
  if (!from || !to) refuse('previousFrom and previousTo: give both or neither')
  checkRange({ from, to }, now, 'previous period: ')
  return { from, to }
}
