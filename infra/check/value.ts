/** JSON, and what stands in it at a path. */
import type * as z from 'zod'

export type Value = z.infer<ReturnType<typeof z.json>>
export type ObjectValue = { [name: string]: Value }

/**
 * @param path names separated by dots; `*` goes through every item of a list
 * @returns what is there: one value, without `*` in the path, and `undefined` where there is nothing
 */
export function at(value: Value | undefined, path: string): (Value | undefined)[] {
  let found: (Value | undefined)[] = [value]
  for (const name of path.split('.')) {
    found = found.flatMap((it) => {
      if (name === '*') return Array.isArray(it) ? it : []
      return [isObject(it) ? it[name] : undefined]
    })
  }
  return found
}

const isObject = (it: unknown): it is ObjectValue =>
  typeof it === 'object' && it !== null && !Array.isArray(it)
