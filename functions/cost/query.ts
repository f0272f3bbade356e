/** Costs and forecasts of one scope, as Cost Management answers them. */
import { arm } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import * as z from '../../shared/zod.ts'
import { currency } from './amounts.ts'
import { type CostManagement, costHeaders } from './cost-management.ts'
import { type Columns, costTable, indexesOf, isGroup } from './cost-table.ts'
import type { filterOf } from './filters.ts'
import { columnOf, groupingOf } from './grouping.ts'
import type { Days } from './period.ts'

type Question = { scope: string; filter: ReturnType<typeof filterOf>; days: Days }

/** One group, or two: the second within the first. */
export type CostQuestion = Question & { groups: readonly string[] }

const row = z.object({
  /** Of the group; empty for costs that have no such tag or location. */
  name: z.string(),
  /** Of the second group; empty without one. */
  thenName: z.string(),
  cost: z.number(),
  currency,
  /** `YYYY-MM-DD`; empty in an undivided result. */
  date: z.string(),
})
export type Row = z.output<typeof row>

/**
 * https://learn.microsoft.com/rest/api/cost-management/query/usage
 * @throws Failure `downstream_unexpected` for an answer about other days, besides what the API client throws
 */
export function queryCosts(
  costs: CostManagement,
  { groups, ...question }: CostQuestion,
  { daily }: { daily: boolean },
): Promise<Row[]> {
  const [, second] = groups.map(columnOf)
  const ownColumns = (columns: Columns) => {
    const [secondAt = -1] = indexesOf(columns, ({ name }) => isSameName(name, second))
    const [groupAt = -1] = indexesOf(columns, isGroup).filter((index) => index !== secondAt)
    return (cells: readonly unknown[]) =>
      groupAt < 0 || (second && secondAt < 0)
        ? undefined
        : { name: String(cells[groupAt] ?? ''), thenName: String(cells[secondAt] ?? '') }
  }
  const granularity = daily ? 'Daily' : 'None'
  return allRows(costs, question, {
    operation: 'query',
    dataset: { granularity, grouping: groups.map(groupingOf) },
    page: costTable({ daily, own: ownColumns }),
    row,
  })
}

const isSameName = (name: string, other = '') => name.toLowerCase() === other.toLowerCase()

export const forecastRow = row.pick({ cost: true, currency: true, date: true }).extend({
  status: z.enum(['actual', 'forecast']),
})
export type ForecastRow = z.output<typeof forecastRow>

const statuses: Partial<Record<string, ForecastRow['status']>> = {
  Actual: 'actual',
  Forecast: 'forecast',
}

/**
 * One amount for each day and currency. Forecasts take no grouping.
 * https://learn.microsoft.com/rest/api/cost-management/forecast/usage
 * @throws as {@link queryCosts}
 */
export const forecastCosts = (costs: CostManagement, question: Question): Promise<ForecastRow[]> =>
  allRows(costs, question, {
    operation: 'forecast',
    dataset: { granularity: 'Daily' },
    parameters: { includeActualCost: true, includeFreshPartialCost: false },
    page: costTable({
      daily: true,
      own(columns) {
        const [statusAt = -1] = indexesOf(columns, ({ name }) => name === 'CostStatus')
        return (cells) => {
          const status = statuses[String(cells[statusAt])]
          return status && { status }
        }
      },
    }),
    row: forecastRow,
  })

async function allRows<AnyRow extends { date: string }>(
  costs: CostManagement,
  { scope, filter, days: { from, to } }: Question,
  asked: {
    operation: 'query' | 'forecast'
    dataset: object
    parameters?: object
    page: z.ZodType<AnyRow[]>
    /** To read a remembered row. */
    row: z.ZodType<AnyRow>
  },
): Promise<AnyRow[]> {
  const { operation, dataset, parameters, page, row } = asked
  const aggregation = { totalCost: { name: 'Cost', function: 'Sum' } }
  const body = {
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: { from: `${from}T00:00:00Z`, to: `${to}T23:59:59Z` },
    dataset: { ...dataset, aggregation, ...(filter && { filter }) },
    ...parameters,
  }
  const path = `${scope}/providers/Microsoft.CostManagement/${operation}?api-version=2025-03-01`
  return costs.ask([path, body], z.array(row), async (api) => {
    const rows = (await api.pages(path, page, { post: body, headers: costHeaders })).flat()
    if (rows.some(({ date }) => date && (date < from || date > to))) {
      throw unexpected('days that were not asked for')
    }
    return rows
  })
}

/** An answer that cannot be used. `problems`: for the log. */
export const unexpected = (problems: string) =>
  new Failure({ reason: 'downstream_unexpected', downstream: arm.name, status: 200, problems })
