/**
 * Values of a query and how they compare.
 *
 * https://learn.microsoft.com/kusto/query/datatypes-string-operators
 */

export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [name: string]: Value }

/** The value at a path, or null. Names are case-sensitive. */
export function lookUp(row: { readonly [name: string]: Value }, path: readonly string[]): Value {
  let value: Value = row
  for (const name of path) {
    if (!isBag(value) || !Object.hasOwn(value, name)) return null
    value = value[name] ?? null
  }
  return value
}

const isBag = (value: Value): value is { readonly [name: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The result of KQL's `tostring`. */
export function textOf(value: Value): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** For sorting; null comes first. */
export function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  const [one, other] = [textOf(a), textOf(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

type Operation = (left: Value, right: Value) => boolean

const lower = (value: Value) => textOf(value).toLowerCase()
const equals: Operation = (left, right) => left !== null && textOf(left) === textOf(right)
const equalsAnyCase: Operation = (left, right) => left !== null && lower(left) === lower(right)
const contains: Operation = (left, right) => lower(left).includes(lower(right))
const startsWith: Operation = (left, right) => lower(left).startsWith(lower(right))
const not =
  (operation: Operation): Operation =>
  (left, right) =>
    !operation(left, right)

/** Whole terms: runs of letters and digits ("Understanding string terms"). */
const has: Operation = (left, right) => {
  const [text, term] = [lower(left), lower(right)]
  const isPart = (character: string | undefined) => /[\p{L}\p{N}]/u.test(character ?? '')
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + term.length])) return true
    if (term === '') return true
  }
  return false
}

/** Operators ignore case, except `==`, `!=` and those of order. */
export const operations: Partial<Record<string, Operation>> = {
  '==': equals,
  '!=': not(equals),
  '=~': equalsAnyCase,
  '!~': not(equalsAnyCase),
  '<': (left, right) => compare(left, right) < 0,
  '<=': (left, right) => compare(left, right) <= 0,
  '>': (left, right) => compare(left, right) > 0,
  '>=': (left, right) => compare(left, right) >= 0,
  contains,
  '!contains': not(contains),
  has,
  '!has': not(has),
  startswith: startsWith,
  '!startswith': not(startsWith),
}
