/** Rows of one group that Azure spells in several ways. */
import type { Row } from './query-result.ts'

/**
 * One row for each name, day and currency. Names of resource groups, locations and services that differ in case only
 * are one (opencost#2275), spelled as the costliest is; values of tags are compared as they are.
 */
export function withSameNames(rows: readonly Row[], groupBy: string): Row[] {
  const keyOf = groupBy.startsWith('tag:')
    ? (name: string) => name
    : (name: string) => name.toLowerCase()

  const bySpelling = new Map<string, number>()
  for (const { name, cost } of rows) bySpelling.set(name, (bySpelling.get(name) ?? 0) + cost)
  const spellings = new Map<string, string>()
  for (const [name] of [...bySpelling].sort(costliestFirst)) {
    if (!spellings.has(keyOf(name))) spellings.set(keyOf(name), name)
  }

  const merged = new Map<string, Row>()
  for (const row of rows) {
    const name = spellings.get(keyOf(row.name)) ?? row.name
    const key = JSON.stringify([name, row.date, row.currency])
    merged.set(key, { ...row, name, cost: row.cost + (merged.get(key)?.cost ?? 0) })
  }
  return [...merged.values()]
}

const costliestFirst = ([a, costA]: [string, number], [b, costB]: [string, number]) =>
  costB - costA || (a < b ? -1 : 1)
