/**
 * The tokens in this process's memory: bounded, least recently used evicted first. cached-exchange.ts decides which may
 * be served.
 */
import { LRUCache } from 'lru-cache'
import type { DownstreamToken } from '../entra/on-behalf-of.ts'
import { upTo } from '../resilience/lru.ts'

export type Entry = DownstreamToken & {
  tid: string
  oid: string
}

export type Memory = {
  get: (key: string) => Entry | undefined
  set: (key: string, entry: Entry) => void
  delete: (key: string) => void
  /** Returns the number of tokens dropped. */
  deleteUser: (user: { tid: string; oid: string }) => number
}

const capacity = 65_536

export function memory(): Memory {
  const entries = new LRUCache<string, Entry>(upTo(capacity))
  return {
    get: (key) => entries.get(key),
    set: (key, entry) => {
      entries.set(key, entry)
    },
    delete: (key) => {
      entries.delete(key)
    },
    deleteUser({ tid, oid }) {
      const theirs = [...entries].filter(([, entry]) => entry.tid === tid && entry.oid === oid)
      for (const [key] of theirs) entries.delete(key)
      return theirs.length
    },
  }
}
