/**
 * Marks when a user was purged: assertions issued before that are rejected, so that a stolen token stops working on
 * every instance within a minute. Marks are in one partition of the table, sealed like tokens, and are read in the
 * background every 30 seconds, so that no warm call waits for them. They are written under every configured key, since
 * instances may have different keys during a rotation. Without a table they exist in this process only.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables'
import { LRUCache } from 'lru-cache'
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { Caller, User } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import { upTo } from '../resilience/lru.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import * as z from '../zod.ts'
import { type Report, type Spare, spareTime } from './outage.ts'
import { type Rows, unless } from './rows.ts'
import { closeRow, openRow, type SealedRow } from './sealed-row.ts'

export type Revocations = {
  /** @throws Failure `token_refused` for a token that was issued before its user was purged */
  check: (caller: Caller) => Promise<void>
  /**
   * Whether this instance knows of a purge at or after `time` (milliseconds since 1970). Reads nothing, since `check`
   * has already read the marks for the caller.
   */
  purgedSince: (user: User, time: number) => boolean
  /** @throws Error if the table, and so the other instances, cannot be reached */
  mark: (user: User) => Promise<void>
}

const partitionKey = 'revocations'
/** Seconds by which Entra back-dates `iat` and `nbf`. */
const backDated = 300
/** Milliseconds. Together with a read, well within the minute that a purge may take to reach every instance. */
const readAfter = 25_000
const tooOld = 50_000
const readTimeout = 2_000
const writeTimeout = 5_000
/** Longer than the lifetime of any assertion. */
const markLife = 26 * 60 * 60_000
const warnEvery = 60 * 60_000

/** Seconds since 1970. */
const schema = z.object({ revokedAt: z.number() })

/** `shared`: undefined keeps marks in this process only. */
export function revocations(options: {
  keys: EncryptionKeys
  shared: { client: TableClient; rows: Rows; spare: Spare } | undefined
  report: Report
  now: () => number
}): Revocations {
  const { keys, shared, report, now } = options
  const seal = keys.seal('revocation mark')
  const { all } = keys.mac('token cache index')
  const underEachKey = keys.each.map((one) => ({
    idOf: ({ tid, oid }: User) => one.mac('token cache index').sign(['revoked', tid, oid]),
    seal: one.seal('revocation mark'),
  }))
  /** By the key's name of the user. */
  const marks = new Map<string, { revokedAt: number; expiresAt: number }>()
  const ids = new LRUCache<string, readonly string[], User>({
    ...upTo(10_000),
    memoMethod: (_key, _stale, { context: { tid, oid } }) => all(['revoked', tid, oid]),
  })
  /** Seconds since 1970; 0: never. */
  const revokedAt = (user: User) => {
    if (marks.size === 0) return 0
    const known = ids.memo(JSON.stringify([user.tid, user.oid]), { context: user })
    return Math.max(...known.map((id) => marks.get(id)?.revokedAt ?? 0))
  }
  let readAt = Number.NEGATIVE_INFINITY
  let firstReadBy: number | undefined
  const flight = singleFlight<unknown>()
  let warnedAt = Number.NEGATIVE_INFINITY

  const put = (id: string, revokedAt: number, expiresAt: Date) => {
    if (revokedAt <= (marks.get(id)?.revokedAt ?? 0)) return
    marks.set(id, { revokedAt, expiresAt: expiresAt.getTime() })
  }
  /** An unreadable mark counts as deleted, since sealing cannot prevent deletion either. */
  const reject = (error: unknown) => {
    if (now() - warnedAt < warnEvery) return
    warnedAt = now()
    report('cache_row_rejected', `a purge mark: ${error instanceof Error ? error.message : error}`)
  }
  const readAll = async (client: TableClient, abortSignal: AbortSignal) => {
    const queryOptions = { filter: odata`PartitionKey eq ${partitionKey}` }
    for await (const row of client.listEntities<SealedRow>({ queryOptions, abortSignal })) {
      const { rowKey = '', expiresAt } = row
      try {
        const { revokedAt } = openRow(seal, { partitionKey, rowKey }, { schema, row })
        put(rowKey, revokedAt, expiresAt)
      } catch (error) {
        reject(error)
      }
    }
    for (const [id, { expiresAt }] of marks) if (expiresAt < now()) marks.delete(id)
  }
  /** A promise to wait for if the marks are too old to rely on. */
  const current = () => {
    const age = now() - readAt
    if (!shared || age < readAfter) return undefined
    const reading = flight(async () => {
      await shared.spare(() =>
        withTimeLimit(readTimeout, (signal) => readAll(shared.client, signal)).catch(unless(404)),
      )
      // After a failure too: calls use the known marks until the next period.
      readAt = now()
    })
    if (age <= tooOld) return undefined
    // A new instance has no marks yet: its first calls wait longer, up to one timeout.
    firstReadBy ??= now() + readTimeout
    const wait = Math.max(firstReadBy - now(), spareTime)
    return Promise.race([reading, pause(wait, undefined, { ref: false })])
  }

  return {
    async check(caller) {
      await current()
      const { tid, oid, azp, uti, iat } = caller
      if (iat + backDated >= revokedAt({ tid, oid })) return
      const description =
        'The token was issued before this user’s tokens were revoked here: sign in again'
      throw new Failure(
        { reason: 'token_refused', error: 'invalid_token', description },
        { identity: { tid, oid, azp, uti } },
      )
    },
    purgedSince: (user, time) => Math.floor(time / 1000) <= revokedAt(user),
    async mark(user) {
      const markedAt = Math.floor(now() / 1000)
      const expiresAt = new Date(now() + markLife)
      const content = { revokedAt: markedAt }
      const written = underEachKey.map(({ idOf, seal }) => {
        const place = { partitionKey, rowKey: idOf(user) }
        return { ...place, ...closeRow(seal, place, { content, expiresAt }) }
      })
      const actions = written.map((row): TransactionAction => ['upsert', row, 'Replace'])
      await shared?.rows.ensured(() =>
        withTimeLimit(writeTimeout, (abortSignal) =>
          shared.client.submitTransaction(actions, { abortSignal }),
        ),
      )
      for (const { rowKey } of written) put(rowKey, markedAt, expiresAt)
    },
  }
}
