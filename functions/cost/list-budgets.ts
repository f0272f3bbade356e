/** The budgets of a scope, and how much of each is spent. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'
import { amount, asOf, round } from './amounts.ts'
import { chart } from './chart.ts'
import { costManagement } from './cost-management.ts'
import { scopeArgument } from './cost-scope.ts'

const spend = z.object({ amount, unit: z.string() })

/** Azure has no spend of a new budget until it has evaluated it. */
const page = z.object({
  value: z.array(
    z.object({
      name: z.string(),
      properties: z.object({
        amount,
        timeGrain: z.string(),
        timePeriod: z.object({ startDate: z.string(), endDate: z.string().nullish() }),
        currentSpend: spend.nullish(),
        forecastSpend: spend.nullish(),
        filter: z.record(z.string(), z.unknown()).nullish(),
      }),
    }),
  ),
})

export const listBudgets = defineTool({
  name: 'list_budgets',
  description:
    'Lists the budgets of an Azure subscription, resource group or management group: the amount of each for its period, what is spent so far, and what Azure expects by the end of the period. Budgets over their amount, or closest to it, come first. An empty list means that no budget is set there.',
  effect: 'reads',
  access: costReader,
  downstream: arm,
  ui: chart,
  input: z.strictObject({ scope: scopeArgument }),
  output: z.object({
    budgets: z.array(
      z.object({
        name: z.string(),
        amount: z.number().describe('Amount that the budget allows in one period'),
        spent: z.number().optional().describe('So far in this period; absent until Azure knows'),
        percent: z.number().optional().describe('Percentage of the amount that is spent'),
        forecast: z.number().optional().describe('Expected spend at the end of this period'),
        currency: z.string().optional().describe('ISO 4217, of spent and forecast'),
        period: z.string().describe('Monthly, Quarterly, Annually or a billing period'),
        from: z.string().describe('First day of the budget'),
        to: z.string().optional().describe('Last day of the budget'),
        isPartial: z.boolean().describe('Whether a filter limits the costs that it counts'),
      }),
    ),
    asOf,
  }),
  async run(context) {
    const costs = costManagement(context)
    // https://learn.microsoft.com/rest/api/consumption/budgets/list
    const path = `${context.input.scope}/providers/Microsoft.Consumption/budgets?api-version=2024-08-01`
    const pages = await costs.ask([path], z.array(page), (api) => api.pages(path, page))
    const budgets = pages.flatMap(({ value }) => value.map(budgetOf))
    return {
      budgets: budgets.sort((a, b) => (b.percent ?? -1) - (a.percent ?? -1)),
      asOf: costs.asOf(),
    }
  },
})

function budgetOf({ name, properties }: z.output<typeof page>['value'][number]) {
  const { amount, timeGrain, timePeriod, currentSpend, forecastSpend, filter } = properties
  const spent = currentSpend?.amount
  return {
    ...{ name, amount },
    spent: spent === undefined ? undefined : round(spent),
    percent:
      spent === undefined || amount <= 0 ? undefined : Math.round((spent / amount) * 1000) / 10,
    forecast: forecastSpend ? round(forecastSpend.amount) : undefined,
    currency: currentSpend?.unit,
    period: timeGrain,
    from: timePeriod.startDate.slice(0, 10),
    to: timePeriod.endDate?.slice(0, 10),
    isPartial: Object.keys(filter ?? {}).length > 0,
  }
}
