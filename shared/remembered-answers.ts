/**
 * Keeps answers of slow or throttled APIs in this process for ten minutes, for tools that choose to. An entry belongs to
 * one user, one client and one question. A purge of the user ends it on every instance.
 */
import { LRUCache } from 'lru-cache'
import { parseJson } from './json.ts'
import type * as z from './zod.ts'

/**
 * Returns what `find` answered to the same question of the same user up to ten minutes ago, or calls it. Failures are not
 * kept.
 * @param question all that the answer depends on
 * @param schema of the answer, which is kept as JSON
 * @returns the answer, and when it was requested, in milliseconds since 1970
 * @example await remember(`GET ${path}`, budgets, () => api.get(path, budgets))
 */
export type Remember = <Answer>(
  question: string,
  schema: z.ZodType<Answer>,
  find: () => Promise<Answer>,
) => Promise<{ answer: Answer; asOf: number }>

type User = { tid: string; oid: string }

export type RememberedAnswers = {
  of: (owner: User & { azp: string }) => Remember
  forgetUser: (user: User) => void
}

/** Milliseconds. */
const lifetime = 10 * 60_000
/** Characters of questions and answers together. */
const capacity = 32 * 1024 * 1024
const largest = 2 * 1024 * 1024

type Entry = User & { text: string; asOf: number }

/** One cache per process, of at most 32 million characters. */
export function rememberedAnswers(options: {
  /** Whether the user was purged at or after `time`, in milliseconds since 1970. */
  purgedSince: (user: User, time: number) => boolean
  now: () => number
}): RememberedAnswers {
  const { purgedSince, now } = options
  const entries = new LRUCache<string, Entry>({
    maxSize: capacity,
    maxEntrySize: largest,
    sizeCalculation: ({ text }, key) => text.length + key.length,
  })
  const recall = (key: string) => {
    const entry = entries.get(key)
    if (!entry) return undefined
    const age = now() - entry.asOf
    if (age >= 0 && age < lifetime && !purgedSince(entry, entry.asOf)) return entry
    entries.delete(key)
    return undefined
  }
  return {
    of:
      ({ tid, oid, azp }) =>
      async (question, schema, find) => {
        const key = JSON.stringify([tid, oid, azp, question])
        const known = recall(key)
        if (known) {
          const read = schema.safeParse(parseJson(known.text))
          if (read.success) return { answer: read.data, asOf: known.asOf }
        }
        // The time of the request, so that a purge in the meantime ends the answer too.
        const asOf = now()
        const answer = await find()
        const text = JSON.stringify(answer)
        if (text && !purgedSince({ tid, oid }, asOf)) entries.set(key, { tid, oid, text, asOf })
        return { answer, asOf }
      },
    forgetUser({ tid, oid }) {
      for (const [key, entry] of entries) {
        if (entry.tid === tid && entry.oid === oid) entries.delete(key)
      }
    },
  }
}
