/** Cost Management's query, asked for one scope, some days and one grouping. */
import type { Api } from '../../shared/api-client/api.ts'
import { arm } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import type { Days } from './period.ts'
import { dailyPage, type Row, undividedPage } from './query-result.ts'

export type Question = { scope: string; groupBy: string; days: Days }

/**
 * A name of our own has a quota of its own: requests without one share the tenant's, which others keep empty.
 * https://github.com/electrolux-oss/azure-cost-exporter/pull/8
 */
export const costHeaders = { ClientType: 'mcp-on-behalf-of' }

/** All rows of all pages. Throws a Failure where the answer is about other days than those asked. */
export async function queryCosts(
  api: Api,
  { scope, groupBy, days }: Question,
  { daily }: { daily: boolean },
): Promise<Row[]> {
  const body = {
    type: 'ActualCost',
    timeframe: 'Custom',
    timePeriod: { from: `${days.from}T00:00:00Z`, to: `${days.to}T23:59:59Z` },
    dataset: {
      granularity: daily ? 'Daily' : 'None',
      aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
      grouping: [grouping(groupBy)],
    },
  }
  // https://learn.microsoft.com/rest/api/cost-management/query/usage
  const path = `${scope}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`
  const page = daily ? dailyPage : undividedPage
  const pages = await api.pages(path, page, { post: body, headers: costHeaders })
  const rows = pages.flat()
  if (rows.some(({ date }) => date && (date < days.from || date > days.to))) {
    throw unexpected('days that were not asked for')
  }
  return rows
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

/** An answer that cannot be used; why, for the log. */
export const unexpected = (problems: string) =>
  new Failure({ reason: 'downstream_unexpected', downstream: arm.name, status: 200, problems })
