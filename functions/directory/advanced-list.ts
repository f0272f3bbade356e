/**
 * The first entries of a list that needs Graph's advanced queries, and how many there are in all.
 *
 * https://learn.microsoft.com/graph/aad-advanced-queries and https://learn.microsoft.com/graph/paging
 */
import type { Api } from '../../shared/api-client/api.ts'
import type { Query } from '../../shared/path.ts'
import * as z from '../../shared/zod.ts'

/** The largest `$top` that Graph accepts. */
const longestPage = 999
/** A page may be empty and still have a next one. */
const mostPages = 50

/**
 * Reads pages until there are `limit` entries, since a page may be shorter than asked for.
 * @returns the entries, and how many more there are
 */
export async function advancedList<T>(
  api: Api,
  path: string,
  { entry, query, limit }: { entry: z.ZodType<T>; query: Query; limit: number },
): Promise<{ entries: T[]; omitted: number }> {
  const page = z.object({ '@odata.count': z.number().optional(), value: z.array(entry) })
  const entriesOf = (pages: readonly z.output<typeof page>[]) => pages.flatMap(({ value }) => value)
  const pages = await api.pages(path, page, {
    headers: { ConsistencyLevel: 'eventual' },
    query: { ...query, $count: true, $top: Math.min(limit, longestPage) },
    enough: (pages) => entriesOf(pages).length >= limit || pages.length === mostPages,
  })
  const entries = entriesOf(pages).slice(0, limit)
  return { entries, omitted: Math.max(0, (pages[0]?.['@odata.count'] ?? 0) - entries.length) }
}
