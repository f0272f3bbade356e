/**
 * The first entries of a list that needs Graph's advanced queries, and how many there are in all.
 *
 * https://learn.microsoft.com/graph/aad-advanced-queries and https://learn.microsoft.com/graph/paging
 */
import type { Api } from '../../shared/api-client/api.ts'
import type { Query } from '../../shared/path.ts'
import * as z from '../../shared/zod.ts'

/** Graph's own bound on `$top`. */
const longestPage = 999
/** A page may be empty and still have a next one. */
const mostPages = 50

/**
 * Reads pages until `limit` entries are there, since a page may be shorter than asked for. The header goes with each
 * page: the link to the next one holds the query only.
 */
export async function advancedList<T>(
  api: Api,
  path: string,
  { entry, query, limit }: { entry: z.ZodType<T>; query: Query; limit: number },
): Promise<{ entries: T[]; omitted: number }> {
  const page = z.object({
    '@odata.count': z.number().optional(),
    '@odata.nextLink': z.string().optional(),
    value: z.array(entry),
  })
  const headers = { ConsistencyLevel: 'eventual' }
  const asked = { ...query, $count: true, $top: Math.min(limit, longestPage) }
  const first = await api.get(path, page, { headers, query: asked })
  const entries = [...first.value]
  let next = first['@odata.nextLink']
  for (let pages = 1; next !== undefined && entries.length < limit && pages < mostPages; pages++) {
    const more = await api.get(next, page, { headers })
    entries.push(...more.value)
    next = more['@odata.nextLink']
  }
  const shown = entries.slice(0, limit)
  return { entries: shown, omitted: Math.max(0, (first['@odata.count'] ?? 0) - shown.length) }
}
