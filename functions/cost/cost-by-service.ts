/** What one scope costs, grouped. Amounts are numbers in the currency's unit. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { round, type Totals, totalsOf } from './amounts.ts'
import { costScope } from './cost-scope.ts'
import { costliest, inOrder } from './costliest.ts'
import { type Costs, dailyCosts } from './daily-costs.ts'
import { type Days, date, dayOf, daysOf, period, rangeProblem } from './period.ts'
import { queryCosts } from './query.ts'
import type { Row } from './query-result.ts'
import { refuse } from './refuse.ts'
import { withSameNames } from './same-names.ts'

const input = z.strictObject({
  scope: costScope.describe(
    'What to ask about: a subscription id, or the ARM id of a subscription, resource group (/subscriptions/<id>/resourceGroups/<name>) or management group (/providers/Microsoft.Management/managementGroups/<id>)',
  ),
  groupBy: z
    .string()
    .regex(
      /^(service|resource_group|location|tag:[^<>%&\\?/]{1,512})$/,
      'must be service, resource_group, location or tag:<name>',
    )
    .default('service')
    .describe(
      'service (the kind of Azure product), resource_group, location, or tag:<name of a tag>',
    ),
  period: period.optional().describe('Defaults to month_to_date; custom takes from and to'),
  from: date.optional().describe('First day of a custom period, YYYY-MM-DD'),
  to: date
    .optional()
    .describe(
      'Last day of a custom period, YYYY-MM-DD, less than a year after from; one in the future counts as today',
    ),
  daily: z.boolean().default(false).describe('One row for each group and day'),
  limit: z.int().min(1).max(1000).default(50).describe('At most so many rows, the costliest'),
})

const amount = z.object({
  currency: z.string().describe('ISO 4217; empty where Azure names none'),
  total: z.number().describe('In that currency'),
})
const span = z.object({
  from: z.string().describe('First day'),
  to: z.string().describe('Last day'),
})

export const costByService = defineTool({
  name: 'cost_by_service',
  description:
    'Tells what an Azure subscription, resource group or management group costs: the total of a period and the costliest services (or resource groups, locations, values of a tag) in it, on request day by day. Costs of the last one or two days are still incomplete.',
  effect: 'reads',
  access: costReader,
  downstream: arm,
  input,
  output: z.object({
    currency: z
      .string()
      .optional()
      .describe('ISO 4217; empty when there were no costs. With several currencies: see totals'),
    total: z.number().optional().describe('Of all rows, omitted ones and missing days included'),
    totals: z
      .array(amount)
      .optional()
      .describe('In place of currency and total, when costs are in several currencies'),
    from: z.string().describe('First day counted'),
    to: z.string().describe('Last day counted'),
    rows: z.array(
      z.object({
        name: z.string().describe('Of the group; empty for what has no such tag or place'),
        cost: z.number(),
        currency: z.string().optional().describe('When costs are in several currencies'),
        date: z.string().optional(),
      }),
    ),
    omitted: z.object({
      rows: z.number().describe('How many rows the limit cut off'),
      cost: z.number().optional().describe('What they cost together, in one currency'),
    }),
    missing: z
      .array(span)
      .optional()
      .describe('Days that Azure gave no rows for although they have costs; the total counts them'),
    partial: z.string().optional().describe('Why the total may lack something'),
  }),
  async run({ api, input, now }) {
    const { scope, groupBy, daily, limit } = input
    const { days, cut } = daysAsked(input, now())
    const question = { scope, groupBy, days }
    const { rows, totals, missing } = daily
      ? await dailyCosts(api, question)
      : undivided(await queryCosts(api, question, { daily: false }))

    const currencies = [...totals.keys()].sort()
    const several = currencies.length > 1
    const { shown, left } = costliest(withSameNames(rows, groupBy), limit)
    const partial = [cut, isManagementGroup(scope) && managementGroupNote].filter(Boolean).join(' ')
    return {
      ...(several
        ? { totals: currencies.map((currency) => ({ currency, total: sum(totals, currency) })) }
        : { currency: currencies[0] ?? '', total: sum(totals, currencies[0]) }),
      ...days,
      rows: inOrder(shown).map(({ name, cost, currency, date }) => ({
        ...{ name, cost: round(cost) },
        ...(several && { currency }),
        ...(date && { date }),
      })),
      omitted: {
        rows: left.length,
        ...((!several || left.length === 0) && { cost: sum(totalsOf(left), currencies[0]) }),
      },
      ...(missing.length > 0 && { missing }),
      ...(partial && { partial }),
    }
  },
})

/** `cut`: a sentence about days that were asked for and are not counted. */
function daysAsked(
  asked: Pick<z.output<typeof input>, 'period' | 'from' | 'to'>,
  now: number,
): { days: Days; cut?: string } {
  const { period, from, to } = asked
  if (period === 'custom' || (!period && (from || to))) {
    if (!from || !to) return refuse('from and to: a custom period needs both')
    const today = dayOf(now)
    const days = { from, to: to > today && from <= today ? today : to }
    const problem = rangeProblem(days, now)
    if (problem) return refuse(problem)
    if (days.to === to) return { days }
    return { days, cut: `${to} is in the future: costs are counted up to today, ${today}.` }
  }
  if (from || to) return refuse('from and to: go with the period custom')
  return { days: daysOf(period ?? 'month_to_date', now) }
}

const undivided = (rows: Row[]): Costs => ({ rows, totals: totalsOf(rows), missing: [] })

const isManagementGroup = (scope: string) => scope.startsWith('/providers/')

// JulianHayward/Azure-MG-Sub-Governance-Reporting#238, MicrosoftDocs/azure-docs#60623.
const managementGroupNote =
  'The total of a management group counts only those of its subscriptions that Cost Management supports, and does not say which. To check it, call list_subscriptions, then this tool for each subscription of the group, and add the totals up.'

const sum = (totals: Totals, currency = '') => round(totals.get(currency) ?? 0)
