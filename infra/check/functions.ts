/** Bicep's functions, those that our templates use: how many arguments, what type comes out, and what value. */
import { any, arrayOf, bool, int, string, type Type } from './types.ts'
import { isObject, list, merged, text, type Value } from './value.ts'

/** A lambda arrives as a function. */
export type Argument = Value | ((...values: Value[]) => Value)
export type Signature = {
  /** How many arguments, at least and at most. */
  takes: [least: number, most: number]
  /** `item`: what a lambda given to it takes; `results`: what that returns. */
  type: (types: readonly Type[], results: Type) => Type
  run: (given: readonly Argument[]) => Value
}

const many = Number.POSITIVE_INFINITY
const first = (types: readonly Type[]) => types[0] ?? any

export const functions: Readonly<Record<string, Signature>> = {
  concat: {
    takes: [1, many],
    type: (types) => types.find(isTyped) ?? first(types),
    run: (given) => given.flatMap((it) => list(it)),
  },
  contains: {
    takes: [2, 2],
    type: () => bool,
    run: ([whole, part]) =>
      Array.isArray(whole) ? whole.includes(text(part)) : text(whole).includes(text(part)),
  },
  empty: {
    takes: [1, 1],
    type: () => bool,
    run: ([it]) => (typeof it === 'string' || Array.isArray(it) ? it.length === 0 : it === null),
  },
  filter: {
    takes: [2, 2],
    type: first,
    run: ([items, keep]) => list(items).filter((it) => call(keep, it) === true),
  },
  flatten: {
    takes: [1, 1],
    type: ([type]) => (type?.kind === 'array' ? type.item : any),
    run: ([items]) => list(items).flatMap((it) => list(it)),
  },
  guid: { takes: [1, many], type: () => string, run: (given) => given.map(text).join('-') },
  join: {
    takes: [2, 2],
    type: () => string,
    run: ([items, by]) => list(items).map(text).join(text(by)),
  },
  length: { takes: [1, 1], type: () => int, run: ([items]) => list(items).length },
  map: {
    takes: [2, 2],
    type: (_, results) => arrayOf(results),
    run: ([items, change]) => list(items).map((it) => call(change, it)),
  },
  replace: {
    takes: [3, 3],
    type: () => string,
    run: ([whole, part, by]) => text(whole).replaceAll(text(part), text(by)),
  },
  split: {
    takes: [2, 2],
    type: () => arrayOf(string),
    run: ([whole, by]) => text(whole).split(text(by)),
  },
  subscriptionResourceId: {
    takes: [2, many],
    type: () => string,
    run: ([type, ...names]) =>
      ['/subscriptions/s/providers', text(type), ...names.map(text)].join('/'),
  },
  toLower: { takes: [1, 1], type: () => string, run: ([it]) => text(it).toLowerCase() },
  trim: { takes: [1, 1], type: () => string, run: ([it]) => text(it).trim() },
  union: {
    takes: [2, many],
    type: first,
    run: (given) => given.reduce<Value>((all, it) => merged(all, isObject(it) ? it : {}), {}),
  },
  /** As long as the real one's. */
  uniqueString: { takes: [1, many], type: () => string, run: () => 'abcdefghijklm' },
}

const isTyped = (type: Type) => type.kind === 'array' && type.item.kind !== 'any'

function call(change: Argument | undefined, it: Value): Value {
  if (typeof change !== 'function') throw new Error('a lambda is expected')
  return change(it)
}
