/** Cost Management's query, asked for one scope, some days, one grouping or two, and what is counted. */
import { arm } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import type { CostManagement } from './cost-management.ts'
import { type Filters, filterOf } from './filters.ts'
import { columnOf, groupingOf } from './grouping.ts'
import type { Days } from './period.ts'
import { pageOf, type Row, storedRows } from './query-result.ts'

export type Question = {
  scope: string
  /** One or two. */
  groups: readonly string[]
  filters: Filters
  days: Days
}

/**
 * A name of our own has a quota of its own: requests without one share the tenant's, which others keep empty.
 * https://github.com/electrolux-oss/azure-cost-exporter/pull/8
 */
export const costHeaders = { ClientType: 'mcp-on-behalf-of' }

/** All rows of all pages. Throws a Failure where the answer is about other days than those asked. */
export async function queryCosts(
  costs: CostManagement,
  { scope, groups, filters, days }: Question,
  { daily }: { daily: boolean },
): Promise<Row[]> {
  const filter = filterOf(filters)
  const body = {
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: timePeriodOf(days),
    dataset: {
      granularity: daily ? 'Daily' : 'None',
      aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
      grouping: groups.map(groupingOf),
      ...(filter && { filter }),
    },
  }
  // https://learn.microsoft.com/rest/api/cost-management/query/usage
  const path = `${scope}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`
  const page = pageOf({ daily, columns: groups.map(columnOf) })
  return costs.ask([path, body], storedRows, async (api) => {
    const pages = await api.pages(path, page, { post: body, headers: costHeaders })
    const rows = pages.flat()
    checkDays(rows, days)
    return rows
  })
}

export const timePeriodOf = ({ from, to }: Days) => ({
  from: `${from}T00:00:00Z`,
  to: `${to}T23:59:59Z`,
})

export function checkDays(rows: readonly { date?: string | undefined }[], { from, to }: Days) {
  if (rows.some(({ date }) => date && (date < from || date > to))) {
    throw unexpected('days that were not asked for')
  }
}

/** An answer that cannot be used; why, for the log. */
export const unexpected = (problems: string) =>
  new Failure({ reason: 'downstream_unexpected', downstream: arm.name, status: 200, problems })
