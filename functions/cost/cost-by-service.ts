/** What one scope costs, by group. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import {
  amountOf,
  asOf,
  compare,
  currency,
  inTurn,
  notes,
  partial,
  round,
  totalsOf,
} from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { managementGroupNote, scopeArgument } from './cost-scope.ts'
import { type Costs, dailyCosts } from './daily-costs.ts'
import { filterArguments, filterOf } from './filters.ts'
import { groupBy, groupsOf } from './grouping.ts'
import { nextPage, pageArguments, pages } from './paging.ts'
import { daysArguments, daysAsked, span } from './period.ts'
import { queryCosts, type Row } from './query.ts'
import { withSameNames } from './same-names.ts'

export const costByService = defineTool({
  name: 'cost_by_service',
  description:
    'Shows what an Azure subscription, resource group or management group costs: the total of a period, and its most expensive services (or resource groups, locations, resources, values of a tag, or two of these combined), on request by day or with filters. Costs of the last one or two days are incomplete.',
  effect: 'reads',
  access: costReader,
  downstream: arm,
  ui: chart,
  input: z.strictObject({
    scope: scopeArgument,
    groupBy: groupBy.default('service'),
    thenBy: groupBy.optional().describe('A second group within the first, named as in groupBy'),
    ...daysArguments,
    ...filterArguments,
    daily: z.boolean().default(false).describe('One row for each group and day'),
    ...pageArguments,
  }),
  output: z.object({
    currency: z
      .string()
      .optional()
      .describe('ISO 4217; empty when there were no costs. With several currencies: see totals'),
    total: z.number().optional().describe('Of all rows on all pages, including missing days'),
    totals: z
      .array(z.object({ currency, total: z.number().describe('In that currency') }))
      .optional()
      .describe('Instead of currency and total, when costs are in several currencies'),
    from: z.string().describe('First day counted'),
    to: z.string().describe('Last day counted'),
    rows: z.array(
      z.object({
        name: z
          .string()
          .describe('Of the group; empty for costs that have no such tag or location'),
        thenName: z.string().optional().describe('Of the second group, with thenBy'),
        cost: z.number(),
        currency: z.string().optional().describe('When costs are in several currencies'),
        date: z.string().optional(),
      }),
    ),
    omitted: z.object({
      rows: z.number().describe('How many rows are on other pages'),
      cost: z.number().optional().describe('What they cost together, in one currency'),
    }),
    nextPage,
    missing: z
      .array(span)
      .optional()
      .describe('Days that have costs, but no rows from Azure; the total includes them'),
    partial,
    asOf,
  }),
  async run(context) {
    const { input, binding, now } = context
    const { scope, groupBy, thenBy, daily, limit, page } = input
    const { days, cut } = daysAsked(input, now())
    const groups = groupsOf(groupBy, thenBy)
    const question = { scope, groups, filter: filterOf(input), days }
    const pageOf = pages({ binding, page, question: [question, daily] })
    const costs = costManagement(context)
    const { rows, totals, missing } = daily
      ? await dailyCosts(costs, question)
      : undivided(await queryCosts(costs, question, { daily }))

    const currencies = [...totals.keys()].sort()
    const [only = ''] = currencies
    const several = currencies.length > 1
    const ranked = inTurn(withSameNames(rows, groups), byCost)
    const total = [...totals.values()].reduce((sum, { cost }) => sum + cost, 0)
    const { shown, left, nextPage } = pageOf(ranked, { limit, total })
    return {
      ...(several
        ? { totals: currencies.map((it) => ({ currency: it, total: amountOf(totals, it) })) }
        : { currency: only, total: amountOf(totals, only) }),
      ...days,
      rows: shown.toSorted(byDate).map(({ name, thenName, cost, currency, date }) => ({
        name,
        thenName: thenBy && thenName,
        cost: round(cost),
        currency: several ? currency : undefined,
        date: date || undefined,
      })),
      omitted: {
        rows: left.length,
        cost: several && left.length > 0 ? undefined : amountOf(totalsOf(left), only),
      },
      nextPage,
      missing: missing.length > 0 ? missing : undefined,
      partial: notes(cut, managementGroupNote(scope)),
      asOf: costs.asOf(),
    }
  },
})

const undivided = (rows: Row[]): Costs => ({ rows, totals: totalsOf(rows), missing: [] })

const byCost = (a: Row, b: Row) =>
  b.cost - a.cost ||
  compare(a.date, b.date) ||
  compare(a.name, b.name) ||
  compare(a.thenName, b.thenName)

/** Within a day, the costliest of each currency first. */
const byDate = (a: Row, b: Row) =>
  compare(a.date, b.date) || compare(a.currency, b.currency) || byCost(a, b)
