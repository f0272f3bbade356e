/** Rows of one group that Azure spells in several ways. */
import { isTag } from './grouping.ts'
import type { Row } from './query-result.ts'

/**
 * One row for each name, day and currency. Names of resource groups, locations, resources and services that differ in
 * case only are one (opencost#2275), spelled as the costliest is; values of tags are compared as they are.
 */
export function withSameNames(
  rows: readonly Row[],
  [first = '', second]: readonly string[],
): Row[] {
  const spell = spelling(first, rows)
  const spellSecond =
    second !== undefined &&
    spelling(
      second,
      rows.map(({ thenName = '', cost }) => ({ name: thenName, cost })),
    )

  const merged = new Map<string, Row>()
  for (const row of rows) {
    const name = spell(row.name)
    const then = spellSecond && { thenName: spellSecond(row.thenName ?? '') }
    const key = JSON.stringify([name, then, row.date, row.currency])
    merged.set(key, { ...row, name, ...then, cost: row.cost + (merged.get(key)?.cost ?? 0) })
  }
  return [...merged.values()]
}

/** How a name is spelled where all that mean the same are spelled in one way. */
export function spelling(
  groupBy: string,
  rows: readonly Pick<Row, 'name' | 'cost'>[],
): (name: string) => string {
  if (isTag(groupBy)) return (name) => name
  const bySpelling = new Map<string, number>()
  for (const { name, cost } of rows) bySpelling.set(name, (bySpelling.get(name) ?? 0) + cost)
  const spellings = new Map<string, string>()
  for (const [name] of [...bySpelling].sort(costliestFirst)) {
    const key = name.toLowerCase()
    if (!spellings.has(key)) spellings.set(key, name)
  }
  return (name) => spellings.get(name.toLowerCase()) ?? name
}

const costliestFirst = ([a, costA]: [string, number], [b, costB]: [string, number]) =>
  costB - costA || (a < b ? -1 : 1)
