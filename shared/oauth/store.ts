/**
 * State that outlives a request: rows in the table that instances share, or in this process without one. Rows are
 * sealed like those of the token cache, named by keyed hashes, and disappear when they expire.
 */
import { LRUCache } from 'lru-cache'
import { deleteWhere, upTo } from '../resilience/lru.ts'

/** Parts of a name. The table contains only a keyed hash of them. */
export type Name = readonly string[]

export type Row<Content> = {
  content: Content
  /** Milliseconds since 1970. */
  expiresAt: number
  /** Changes with each write. */
  version: string
}

/** Every function rejects if the table cannot be reached. */
export type Store<Content> = {
  get: (partition: Name, row: Name) => Promise<Row<Content> | undefined>
  list: (partition: Name) => Promise<Row<Content>[]>
  /** `replaces`: a version, `any`, or absent for a new row. @returns false if another write was faster */
  put: (write: {
    partition: Name
    row: Name
    content: Content
    /** Milliseconds since 1970. */
    expiresAt: number
    replaces?: string | undefined
  }) => Promise<boolean>
  delete: (partition: Name, row: Name) => Promise<void>
  deleteAll: (partition: Name) => Promise<void>
}

/** At most 10,000 rows in this process; the least recently used is dropped first. */
export function memoryStore<Content>({ now }: { now: () => number }): Store<Content> {
  type Held = Row<Content> & { partition: string }
  const held = new LRUCache<string, Held>(upTo(10_000))
  let writes = 0
  const keyOf = (partition: Name, row: Name) => JSON.stringify([partition, row])
  const live = (found: Held | undefined) => (found && found.expiresAt > now() ? found : undefined)
  return {
    get: async (partition, row) => live(held.get(keyOf(partition, row))),
    async list(partition) {
      const name = JSON.stringify(partition)
      return [...held.values()]
        .filter((it) => it.partition === name)
        .flatMap((it) => live(it) ?? [])
    },
    async put({ partition, row, content, expiresAt, replaces }) {
      const key = keyOf(partition, row)
      if (replaces !== 'any' && live(held.get(key))?.version !== replaces) return false
      writes += 1
      const version = String(writes)
      held.set(key, { content, version, expiresAt, partition: JSON.stringify(partition) })
      return true
    },
    async delete(partition, row) {
      held.delete(keyOf(partition, row))
    },
    async deleteAll(partition) {
      const name = JSON.stringify(partition)
      deleteWhere(held, (it) => it.partition === name)
    },
  }
}
