/** Queries Azure Resource Graph, page by page up to a limit. */
import type { Api } from '../../shared/api-client/api.ts'
import * as z from '../../shared/zod.ts'

/** The largest `$top` that Resource Graph accepts. */
const longestPage = 1_000
/** A page may be shorter than asked for. */
const mostPages = 50

type Question<Row> = {
  query: string
  /** Ids; undefined: all that the user may read. */
  subscriptions?: readonly string[] | undefined
  limit: number
  row: z.ZodType<Row>
}

/** @returns at most `limit` rows, and how many more there are */
export async function rowsOf<Row>(
  api: Api,
  { query, subscriptions, limit, row }: Question<Row>,
): Promise<{ rows: Row[]; omitted: number }> {
  const page = z.object({
    totalRecords: z.number(),
    $skipToken: z.string().nullish(),
    data: z.array(row),
  })
  const rows: Row[] = []
  let total = 0
  let skipToken: string | undefined
  for (let pages = 0; pages < mostPages; pages++) {
    const $top = Math.min(limit - rows.length, longestPage)
    const options = { $top, $skipToken: skipToken, resultFormat: 'objectArray' }
    // https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
    const { data, totalRecords, $skipToken } = await api.post(
      '/providers/Microsoft.ResourceGraph/resources',
      { query, subscriptions, options },
      page,
      { query: { 'api-version': '2022-10-01' }, reads: true },
    )
    rows.push(...data)
    total = totalRecords
    skipToken = $skipToken ?? undefined
    if (skipToken === undefined || rows.length >= limit) break
  }
  const shown = rows.slice(0, limit)
  return { rows: shown, omitted: Math.max(0, total - shown.length) }
}
