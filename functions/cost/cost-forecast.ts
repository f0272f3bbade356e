/** What one scope will cost by a future day: the costs so far, and those that Cost Management expects. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { amountOf, asOf, compare, currency, notes, partial, round, totalsOf } from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { managementGroupNote, scopeArgument } from './cost-scope.ts'
import { filterArguments, filterOf } from './filters.ts'
import { date, forecastDays } from './period.ts'
import { type ForecastRow, forecastCosts, forecastRow } from './query.ts'

export const costForecast = defineTool({
  name: 'cost_forecast',
  description:
    'Forecasts what an Azure subscription, resource group or management group will cost by the end of this month, or by another day: the amount spent since the first of this month, the amount that Azure expects for the days ahead, and both by day. Azure needs about a month of earlier costs.',
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
        currency,
        actual: z.number().describe('Spent so far'),
        forecast: z.number().describe('Expected for the days ahead'),
        total: z.number().describe('actual and forecast together'),
      }),
    ),
    rows: z.array(forecastRow),
    partial,
    asOf,
  }),
  async run(context) {
    const { scope, to } = context.input
    const days = forecastDays(context.now(), to)
    const costs = costManagement(context)
    const rows = await forecastCosts(costs, { scope, filter: filterOf(context.input), days })
    const totals = totalsOf(rows)
    const totalsWith = (status: ForecastRow['status']) =>
      totalsOf(rows.filter((row) => row.status === status))
    const [actual, forecast] = [totalsWith('actual'), totalsWith('forecast')]
    const isUnforeseen = [...actual.keys()].some((currency) => !forecast.has(currency))
    return {
      ...days,
      totals: [...totals.keys()].sort().map((currency) => ({
        currency,
        actual: amountOf(actual, currency),
        forecast: amountOf(forecast, currency),
        total: amountOf(totals, currency),
      })),
      rows: rows
        .map((row) => ({ ...row, cost: round(row.cost) }))
        .sort((a, b) => compare(a.date, b.date) || compare(a.currency, b.currency)),
      partial: notes(isUnforeseen && nothingAhead, managementGroupNote(scope)),
      asOf: costs.asOf(),
    }
  },
})

// With actual costs asked for, Azure answers those alone (microsoft/azure-skills, cost-forecast/error-handling.md).
const nothingAhead =
  'Azure gave no forecast, because there are too few earlier costs: a forecast of 0 means that it is not known, and the total is the amount spent so far.'
