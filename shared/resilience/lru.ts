/** What the bounded maps of the app have in common. */
import type { LRUCache } from 'lru-cache'

/** Options for at most so many entries. The library's `max` would make room for all of them at once. */
export const upTo = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })

/** Deletes the entries whose value passes the test. @returns the number deleted */
export function deleteWhere<Value extends object>(
  entries: LRUCache<string, Value>,
  test: (value: Value) => boolean,
): number {
  const found = [...entries].filter(([, value]) => test(value))
  for (const [key] of found) entries.delete(key)
  return found.length
}
