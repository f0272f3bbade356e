/** Two periods of one scope side by side: what grew, what shrank, what is new and what is gone. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { amountOf, asOf, round, type Totals, totalsOf } from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { managementGroupNote, scopeArgument } from './cost-scope.ts'
import { daysArguments, daysAsked, span } from './days-asked.ts'
import { filterArguments } from './filters.ts'
import { groupBy } from './grouping.ts'
import { movers } from './movers.ts'
import { nextPage, pageArguments, pages } from './paging.ts'
import { type Days, date, daysBefore, rangeProblem } from './period.ts'
import { queryCosts } from './query.ts'
import { refuse } from './refuse.ts'

const change = z.number().describe('cost less previousCost: above zero, it costs more than before')

export const compareCosts = defineTool({
  name: 'compare_costs',
  description:
    'Compares what an Azure subscription, resource group or management group costs in two periods: both totals, the biggest movers first, and what is new or gone. A service that Azure has renamed is gone under one name and new under another. Call it for why costs changed.',
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
      .describe('First day of the period to compare with, YYYY-MM-DD; defaults to the time before'),
    previousTo: date.optional().describe('Last day of the period to compare with, YYYY-MM-DD'),
    ...filterArguments,
    ...pageArguments,
  }),
  output: z.object({
    from: z.string().describe('First day counted'),
    to: z.string().describe('Last day counted'),
    previous: span,
    totals: z.array(
      z.object({
        currency: z.string().describe('ISO 4217; empty where Azure names none'),
        cost: z.number(),
        previousCost: z.number().describe('Of the period compared with'),
        change,
      }),
    ),
    rows: z.array(
      z.object({
        name: z.string().describe('Of the group; empty for what has no such tag or place'),
        status: z.enum(['more', 'less', 'same', 'new', 'gone']),
        cost: z.number(),
        previousCost: z.number().describe('Of the period compared with'),
        change,
        currency: z.string().describe('ISO 4217; empty where Azure names none'),
      }),
    ),
    omitted: z.object({ rows: z.number().describe('How many rows are on other pages') }),
    nextPage,
    partial: z.string().optional().describe('Why a total may lack something'),
    asOf,
  }),
  async run({ input, binding, now, ...context }) {
    const { scope, groupBy, limit, page } = input
    const { services, resourceGroups, tags, resources } = input
    const { days, cut } = daysAsked(input, now())
    const previous = previousDays(input, { days, now: now() })
    const filters = { services, resourceGroups, tags, resources }
    const question = { scope, groups: [groupBy], filters, days }
    const pageOf = pages({ binding, page, question: [question, previous] })
    const costs = costManagement({ ...context, now })
    const [rows, before] = await Promise.all(
      [days, previous].map((each) => queryCosts(costs, { ...question, days: each }, undivided)),
    )
    const [is, was] = [totalsOf(rows ?? []), totalsOf(before ?? [])]
    const moved = movers({ groupBy, rows: rows ?? [], before: before ?? [] })
    const total = moved.reduce((sum, { cost, previousCost }) => sum + cost - 2 * previousCost, 0)
    const { shown, left, nextPage } = pageOf(moved, { limit, total })
    const partial = [cut, managementGroupNote(scope)].filter(Boolean).join(' ')
    return {
      ...days,
      previous,
      totals: [...new Set([...is.keys(), ...was.keys()])]
        .sort()
        .map((currency) => ({ currency, ...changeOf(is, was, currency) })),
      rows: shown,
      omitted: { rows: left.length },
      ...(nextPage && { nextPage }),
      ...(partial && { partial }),
      asOf: costs.asOf(),
    }
  },
})

const undivided = { daily: false }

function previousDays(
  {
    previousFrom,
    previousTo,
  }: { previousFrom?: string | undefined; previousTo?: string | undefined },
  { days, now }: { days: Days; now: number },
): Days {
  if (!previousFrom && !previousTo) return daysBefore(days)
  if (!previousFrom || !previousTo) return refuse('previousFrom and previousTo: go together')
  const previous = { from: previousFrom, to: previousTo }
  const problem = rangeProblem(previous, now)
  return problem ? refuse(`previous period: ${problem}`) : previous
}

function changeOf(is: Totals, was: Totals, currency: string) {
  const [cost, previousCost] = [amountOf(is, currency), amountOf(was, currency)]
  return { cost, previousCost, change: round(cost - previousCost) }
}
