/** The tokens that this process holds: bounded, the least used go first. cached-exchange.ts decides which may be served. */
import { LRUCache } from 'lru-cache'
import type { DownstreamToken } from '../entra/on-behalf-of.ts'

export type Entry = DownstreamToken & {
  /** What a mark may call the user (revocations.ts), and when the assertion was issued, in seconds. */
  userIds: readonly string[]
  iat: number
}

export type Memory = {
  get: (key: string) => Entry | undefined
  set: (key: string, entry: Entry) => void
  delete: (key: string) => void
  /** How many it dropped. */
  deleteWhere: (isVoid: (entry: Entry) => boolean) => number
}

const capacity = 65_536

export function memory(): Memory {
  const entries = new LRUCache<string, Entry>({ max: capacity })
  return {
    get: (key) => entries.get(key),
    set: (key, entry) => {
      entries.set(key, entry)
    },
    delete: (key) => {
      entries.delete(key)
    },
    deleteWhere(isVoid) {
      const dropped = [...entries].filter(([, entry]) => isVoid(entry))
      for (const [key] of dropped) entries.delete(key)
      return dropped.length
    },
  }
}
