/** What one scope costs, grouped. Amounts are numbers in the currency's unit. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { amountOf, asOf, round, type Totals, totalsOf } from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { managementGroupNote, scopeArgument } from './cost-scope.ts'
import { inOrder, ranked } from './costliest.ts'
import { type Costs, dailyCosts } from './daily-costs.ts'
import { daysArguments, daysAsked, span } from './days-asked.ts'
import { filterArguments } from './filters.ts'
import { groupBy, groupsOf } from './grouping.ts'
import { nextPage, pageArguments, pages } from './paging.ts'
import { queryCosts } from './query.ts'
import type { Row } from './query-result.ts'
import { withSameNames } from './same-names.ts'

export const costByService = defineTool({
  name: 'cost_by_service',
  description:
    'Tells what an Azure subscription, resource group or management group costs: the total of a period and the costliest services (or resource groups, locations, resources, values of a tag, or two of these at once) in it, on request day by day or of a part only. Costs of the last one or two days are still incomplete.',
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
    total: z.number().optional().describe('Of all rows of all pages, missing days included'),
    totals: z
      .array(
        z.object({
          currency: z.string().describe('ISO 4217; empty where Azure names none'),
          total: z.number().describe('In that currency'),
        }),
      )
      .optional()
      .describe('In place of currency and total, when costs are in several currencies'),
    from: z.string().describe('First day counted'),
    to: z.string().describe('Last day counted'),
    rows: z.array(
      z.object({
        name: z.string().describe('Of the group; empty for what has no such tag or place'),
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
      .describe('Days that Azure gave no rows for although they have costs; the total counts them'),
    partial: z.string().optional().describe('Why the total may lack something'),
    asOf,
  }),
  async run({ input, binding, now, ...context }) {
    const { scope, groupBy, thenBy, daily, limit, page } = input
    const { services, resourceGroups, tags, resources } = input
    const { days, cut } = daysAsked(input, now())
    const filters = { services, resourceGroups, tags, resources }
    const question = { scope, groups: groupsOf(groupBy, thenBy), filters, days }
    const pageOf = pages({ binding, page, question: [question, daily] })
    const costs = costManagement({ ...context, now })
    const { rows, totals, missing } = daily
      ? await dailyCosts(costs, question)
      : undivided(await queryCosts(costs, question, { daily: false }))

    const currencies = [...totals.keys()].sort()
    const several = currencies.length > 1
    const { shown, left, nextPage } = pageOf(ranked(withSameNames(rows, question.groups)), {
      limit,
      total: sum(totals),
    })
    const partial = [cut, managementGroupNote(scope)].filter(Boolean).join(' ')
    return {
      ...(several
        ? {
            totals: currencies.map((currency) => ({ currency, total: amountOf(totals, currency) })),
          }
        : { currency: currencies[0] ?? '', total: amountOf(totals, currencies[0]) }),
      ...days,
      rows: inOrder(shown).map(({ name, thenName, cost, currency, date }) => ({
        name,
        ...(thenName !== undefined && { thenName }),
        cost: round(cost),
        ...(several && { currency }),
        ...(date && { date }),
      })),
      omitted: {
        rows: left.length,
        ...((!several || left.length === 0) && { cost: amountOf(totalsOf(left), currencies[0]) }),
      },
      ...(nextPage && { nextPage }),
      ...(missing.length > 0 && { missing }),
      ...(partial && { partial }),
      asOf: costs.asOf(),
    }
  },
})

const undivided = (rows: Row[]): Costs => ({ rows, totals: totalsOf(rows), missing: [] })

/** Over all currencies: tells one answer from another, and is never shown. */
const sum = (totals: Totals) => [...totals.values()].reduce((all, one) => all + one, 0)
