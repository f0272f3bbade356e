/** What an expression comes to: JSON, and its type. */
import { any, arrayOf, bool, int, objectOf, string, type Type } from './types.ts'

export type Value = string | number | boolean | null | Value[] | { [name: string]: Value }
export type ObjectValue = { [name: string]: Value }

export const isObject = (it: unknown): it is ObjectValue =>
  typeof it === 'object' && it !== null && !Array.isArray(it)

export function list(it: unknown): Value[] {
  if (!Array.isArray(it)) throw new Error('an array is expected')
  return it
}

export function text(it: unknown): string {
  if (typeof it !== 'string') throw new Error('a string is expected')
  return it
}

export function merged(one: Value, other: ObjectValue): ObjectValue {
  if (!isObject(one)) return other
  const all = { ...one }
  for (const [name, it] of Object.entries(other)) {
    all[name] = isObject(it) ? merged(all[name] ?? {}, it) : it
  }
  return all
}

/** `path`: names parted by dots. */
export function at(value: Value | undefined, path: string): Value | undefined {
  let found: Value | undefined = value
  for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined
  return found
}

/** Objects of a list are taken to be alike, as the first is. */
export function typeOfValue(value: Value): Type {
  if (Array.isArray(value)) return arrayOf(value[0] === undefined ? any : typeOfValue(value[0]))
  if (value === null) return any
  if (typeof value === 'string') return string
  if (typeof value === 'number') return int
  if (typeof value === 'boolean') return bool
  const types = Object.entries(value).map(([name, it]) => [name, typeOfValue(it)] as const)
  return objectOf(Object.fromEntries(types))
}

/** JSON text, which is a value by nature. */
export const parseJson = (json: string): Value => JSON.parse(json)
