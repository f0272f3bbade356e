/**
 * Marks that say: what this user's assertions up to then have won is void. They live in one partition of the table,
 * read in the background every half minute, so that no warm call waits for it; written, and looked for, under every
 * configured key, since instances may know different ones while keys are rotated. Without a table they are this
 * process's alone.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables'
import type { Mac } from '../encryption-keys.ts'
import type { Caller } from '../entra/caller.ts'
import { type Spare, spareTime } from './outage.ts'
import { type Rows, unless } from './rows.ts'

export type User = Pick<Caller, 'tid' | 'oid'>

export type Revocations = {
  /** What marks may call this user; kept with each token, as it costs more than a warm call may. */
  idsOf: (user: User) => readonly string[]
  /** Whether a token won by an assertion issued at `iat` (seconds) is void. */
  isVoid: (won: { userIds: readonly string[]; iat: number }) => boolean
  /** Something to wait for, when the marks at hand are too old to go by. */
  current: () => Promise<void> | undefined
  /** What `onNews` answers. Throws when the others cannot be told. */
  mark: (user: User) => Promise<number>
}

const partitionKey = 'revoked'
/** Milliseconds. With the time of a read well within the minute that a purge may take to be seen. */
const readAfter = 25_000
const tooOld = 50_000
const readTimeout = 2_000
const writeTimeout = 5_000
/** Longer than any assertion lives. */
const markLife = 26 * 60 * 60_000

type Mark = { revokedBefore: number; expiresAt: Date }

export function revocations(options: {
  mac: Mac
  shared: { client: TableClient; rows: Rows; spare: Spare } | undefined
  /** Drops what has become void, when there is a mark that was not there before; how many. */
  onNews: () => number
  now: () => number
}): Revocations {
  const { mac, shared, onNews, now } = options
  const marks = new Map<string, number>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let awaited: Promise<void> | undefined

  const put = (id: string, revokedBefore: number) => {
    const isNews = revokedBefore > (marks.get(id) ?? 0)
    if (isNews) marks.set(id, revokedBefore)
    return isNews
  }
  const readAll = async (client: TableClient) => {
    const queryOptions = { filter: odata`PartitionKey eq ${partitionKey}` }
    const abortSignal = AbortSignal.timeout(readTimeout)
    let isNews = false
    const found = client.listEntities<Mark>({ queryOptions, abortSignal })
    for await (const mark of found) isNews = put(mark.rowKey ?? '', mark.revokedBefore) || isNews
    if (isNews) onNews()
  }
  const idsOf = ({ tid, oid }: User) => mac.all(['revoked', tid, oid])

  return {
    idsOf,
    isVoid: ({ userIds, iat }) => userIds.some((id) => iat <= (marks.get(id) ?? 0)),
    current() {
      const age = now() - readAt
      if (!shared || age < readAfter) return undefined
      if (!reading) {
        reading = shared
          .spare(() => readAll(shared.client).catch(unless(404)))
          .finally(() => {
            reading = undefined
            // After a failure too: calls go on with what is known until the next period.
            readAt = now()
          })
        awaited = Promise.race([reading, pause(spareTime, undefined, { ref: false })])
      }
      return age > tooOld ? awaited : undefined
    },
    async mark(user) {
      const revokedBefore = Math.floor(now() / 1000)
      const expiresAt = new Date(now() + markLife)
      const ids = idsOf(user)
      const written = ids.map((rowKey): TransactionAction => {
        return ['upsert', { partitionKey, rowKey, revokedBefore, expiresAt }, 'Replace']
      })
      await shared?.rows.ensured(() => {
        const abortSignal = AbortSignal.timeout(writeTimeout)
        return shared.client.submitTransaction(written, { abortSignal })
      })
      for (const id of ids) put(id, revokedBefore)
      return onNews()
    },
  }
}
