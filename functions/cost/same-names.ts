/** Groups that Azure spells in several ways. */
import { addedUp, compare } from './amounts.ts'
import { isTag } from './grouping.ts'
import type { Row } from './query.ts'

/** One row for each name, day and currency. */
export function withSameNames(rows: readonly Row[], [first = '', second = '']: readonly string[]) {
  const spell = spelling(first, rows)
  const thenNames = rows.map(({ thenName, cost }) => ({ name: thenName, cost }))
  const spellSecond = spelling(second, thenNames)
  const spelled = rows.map((row) => ({
    ...row,
    name: spell(row.name),
    thenName: spellSecond(row.thenName),
  }))
  const merged = addedUp(spelled, ({ name, thenName, date, currency }) =>
    JSON.stringify([name, thenName, date, currency]),
  )
  return [...merged.values()]
}

/**
 * Spells a name as the costliest of its spellings. Names of resource groups, locations, resources and services that
 * differ only in case are the same (opencost#2275); values of tags are not.
 */
export function spelling(
  groupBy: string,
  rows: readonly Pick<Row, 'name' | 'cost'>[],
): (name: string) => string {
  if (isTag(groupBy)) return (name) => name
  const rising = [...addedUp(rows, ({ name }) => name).values()].sort(
    (a, b) => a.cost - b.cost || compare(b.name, a.name),
  )
  const spellings = new Map(rising.map(({ name }) => [name.toLowerCase(), name]))
  return (name) => spellings.get(name.toLowerCase()) ?? name
}
