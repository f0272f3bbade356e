/** What one scope costs, grouped. Amounts are numbers in the currency's unit. */
import type { Api } from '../../shared/downstream/api.ts'
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { costScope } from './cost-scope.ts'
import { type Days, date, daysOf, period, rangeProblem } from './period.ts'
import { costRows, queryPage, type Row } from './query-result.ts'
import { refuse } from './refuse.ts'

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
    .describe('Last day of a custom period, YYYY-MM-DD, less than a year after from'),
  daily: z.boolean().default(false).describe('One row for each group and day'),
  limit: z.int().min(1).max(1000).default(50).describe('At most so many rows, the costliest'),
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
    currency: z.string().describe('ISO 4217; empty when there were no costs'),
    total: z.number().describe('Of all rows, the omitted ones included'),
    from: z.string().describe('First day counted'),
    to: z.string().describe('Last day counted'),
    rows: z.array(
      z.object({
        name: z.string().describe('Of the group; empty for what has no such tag or place'),
        cost: z.number(),
        date: z.string().optional(),
      }),
    ),
    omitted: z.object({
      rows: z.number().describe('How many rows the limit cut off'),
      cost: z.number().describe('What they cost together'),
    }),
  }),
  async run({ api, input, now }) {
    const days = daysAsked(input, now())
    const rows = await query(api, input.scope, {
      type: 'ActualCost',
      timeframe: 'Custom',
      timePeriod: { from: `${days.from}T00:00:00Z`, to: `${days.to}T23:59:59Z` },
      dataset: {
        granularity: input.daily ? 'Daily' : 'None',
        aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
        grouping: [grouping(input.groupBy)],
      },
    })
    const currencies = [...new Set(rows.map(({ currency }) => currency))].sort()
    if (currencies.length > 1) {
      refuse(
        `scope: has costs in ${currencies.join(' and ')}; ask for its subscriptions one by one`,
      )
    }
    const costliest = rows.toSorted((a, b) => b.cost - a.cost || order(a, b))
    const shown = costliest.slice(0, input.limit)
    const left = costliest.slice(input.limit)
    if (input.daily) shown.sort(order)
    return {
      currency: currencies[0] ?? '',
      total: sum(rows),
      ...days,
      rows: shown.map(({ name, cost, date }) => ({
        name,
        cost: round(cost),
        ...(date && { date }),
      })),
      omitted: { rows: left.length, cost: sum(left) },
    }
  },
})

function daysAsked(
  asked: Pick<z.output<typeof input>, 'period' | 'from' | 'to'>,
  now: number,
): Days {
  const { period, from, to } = asked
  if (period === 'custom' || (!period && (from || to))) {
    if (!from || !to) return refuse('from and to: a custom period needs both')
    const problem = rangeProblem({ from, to }, now)
    return problem ? refuse(problem) : { from, to }
  }
  if (from || to) return refuse('from and to: go with the period custom')
  return daysOf(period ?? 'month_to_date', now)
}

const dimensions: Record<string, string> = {
  service: 'ServiceName',
  resource_group: 'ResourceGroup',
  location: 'ResourceLocation',
}

const grouping = (groupBy: string) => {
  const name = dimensions[groupBy]
  return name ? { type: 'Dimension', name } : { type: 'TagKey', name: groupBy.slice('tag:'.length) }
}

/** Pages are asked for by sending the same query again, to the link that the last one gave. */
async function query(api: Api, scope: string, body: unknown): Promise<Row[]> {
  // https://learn.microsoft.com/rest/api/cost-management/query/usage
  const first = `${scope}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`
  const rows: Row[] = []
  for (let next: string | null | undefined = first; next; ) {
    const page: z.output<typeof queryPage> = await api.post(next, body, queryPage)
    rows.push(...costRows(page))
    next = page.properties.nextLink
  }
  return rows
}

const order = (a: Row, b: Row) =>
  (a.date ?? '').localeCompare(b.date ?? '') || b.cost - a.cost || a.name.localeCompare(b.name)

const sum = (rows: readonly Row[]) => round(rows.reduce((total, { cost }) => total + cost, 0))

/** Takes off what adding floating-point numbers leaves behind. */
const round = (amount: number) => Math.round(amount * 10_000) / 10_000
