/**
 * Cost Management's forecast: one amount for each day and currency, told apart by CostStatus. It takes no grouping.
 * https://learn.microsoft.com/rest/api/cost-management/forecast/usage
 */
import * as z from '../../shared/zod.ts'
import type { CostManagement } from './cost-management.ts'
import { type Filters, filterOf } from './filters.ts'
import type { Days } from './period.ts'
import { checkDays, costHeaders, timePeriodOf } from './query.ts'
import { dayOf } from './query-result.ts'

const day = z.object({
  date: z.string(),
  cost: z.number(),
  status: z.enum(['actual', 'forecast']),
  currency: z.string(),
})
export type ForecastDay = z.output<typeof day>

const statuses: Partial<Record<string, ForecastDay['status']>> = {
  Actual: 'actual',
  Forecast: 'forecast',
}

const table = z.object({
  columns: z.array(z.object({ name: z.string() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})

/** 204, which is `undefined` here, says that there is nothing to tell. */
const page = z
  .object({ properties: table })
  .optional()
  .transform((answer, context): ForecastDay[] => {
    const { columns, rows } = answer?.properties ?? { columns: [], rows: [] }
    const columnAt = (...names: string[]) => columns.findIndex(({ name }) => names.includes(name))
    const costAt = columnAt('Cost', 'PreTaxCost')
    const dateAt = columnAt('UsageDate')
    const statusAt = columnAt('CostStatus')
    const currencyAt = columnAt('Currency')
    return rows.flatMap((cells) => {
      const cost = cells[costAt]
      const date = dayOf(String(cells[dateAt]))
      const status = statuses[String(cells[statusAt])]
      if (typeof cost !== 'number' || !date || !status || currencyAt < 0) {
        context.addIssue({
          code: 'custom',
          message: 'a row without cost, date, status or currency',
        })
        return []
      }
      const currency = String(cells[currencyAt] ?? '').trim()
      // As in a query: a cost of nothing in no currency is none.
      return cost === 0 && currency === '' ? [] : { date, cost, status, currency }
    })
  })

/** By day. Throws a Failure where the answer is about other days than those asked. */
export async function forecastCosts(
  costs: CostManagement,
  asked: { scope: string; filters: Filters; days: Days },
): Promise<ForecastDay[]> {
  const { scope, filters, days } = asked
  const filter = filterOf(filters)
  const body = {
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: timePeriodOf(days),
    dataset: {
      granularity: 'Daily',
      aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
      ...(filter && { filter }),
    },
    includeActualCost: true,
    includeFreshPartialCost: false,
  }
  const path = `${scope}/providers/Microsoft.CostManagement/forecast?api-version=2025-03-01`
  return costs.ask([path, body], z.array(day), async (api) => {
    const rows = (await api.pages(path, page, { post: body, headers: costHeaders })).flat()
    checkDays(rows, days)
    return rows.toSorted((a, b) => compare(a.date, b.date) || compare(a.currency, b.currency))
  })
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
