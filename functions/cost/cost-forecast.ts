/** What one scope will have cost by a day ahead: what is spent so far and what Cost Management expects. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { amountOf, asOf, round, totalsOf } from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { managementGroupNote, scopeArgument } from './cost-scope.ts'
import { filterArguments } from './filters.ts'
import { forecastCosts } from './forecast.ts'
import { date, dayOf, forecastDays } from './period.ts'
import { refuse } from './refuse.ts'

export const costForecast = defineTool({
  name: 'cost_forecast',
  description:
    'Forecasts what an Azure subscription, resource group or management group will cost by the end of this month, or by another day: what is spent since the first of this month, what Azure expects for the days ahead, and both by day. Azure needs a month of costs to go by.',
  effect: 'reads',
  access: costReader,
  downstream: arm,
  ui: chart,
  input: z.strictObject({
    scope: scopeArgument,
    to: date
      .optional()
      .describe(
        'Last day to forecast, YYYY-MM-DD, less than a year ahead; defaults to the last of this month, or on that day of the next',
      ),
    ...filterArguments,
  }),
  output: z.object({
    from: z.string().describe('First day counted, the first of this month'),
    to: z.string().describe('Last day counted'),
    totals: z.array(
      z.object({
        currency: z.string().describe('ISO 4217; empty where Azure names none'),
        actual: z.number().describe('Spent so far'),
        forecast: z.number().describe('Expected for the days ahead'),
        total: z.number().describe('actual and forecast together'),
      }),
    ),
    rows: z.array(
      z.object({
        date: z.string(),
        cost: z.number(),
        status: z.enum(['actual', 'forecast']),
        currency: z.string().describe('ISO 4217; empty where Azure names none'),
      }),
    ),
    partial: z.string().optional().describe('Why a total may lack something'),
    asOf,
  }),
  async run({ input, now, ...context }) {
    const { scope, to, services, resourceGroups, tags, resources } = input
    const days = forecastDays(dayOf(now()), to)
    if ('problem' in days) return refuse(days.problem)
    const filters = { services, resourceGroups, tags, resources }
    const costs = costManagement({ ...context, now })
    const rows = await forecastCosts(costs, { scope, filters, days })
    const actual = totalsOf(rows.filter(({ status }) => status === 'actual'))
    const forecast = totalsOf(rows.filter(({ status }) => status === 'forecast'))
    const unforeseen = [...actual.keys()].filter((currency) => !forecast.has(currency))
    const partial = [unforeseen.length > 0 && nothingAhead, managementGroupNote(scope)]
      .filter(Boolean)
      .join(' ')
    return {
      ...days,
      totals: [...totalsOf(rows)].sort().map(([currency, total]) => ({
        currency,
        actual: amountOf(actual, currency),
        forecast: amountOf(forecast, currency),
        total: round(total),
      })),
      rows: rows.map((row) => ({ ...row, cost: round(row.cost) })),
      ...(partial && { partial }),
      asOf: costs.asOf(),
    }
  },
})

// With actual costs asked for, Azure answers those alone (microsoft/azure-skills, cost-forecast/error-handling.md).
const nothingAhead =
  'Azure had too few costs to go by and gave no forecast: a forecast of 0 means that none is known, and the total is what is spent so far.'
