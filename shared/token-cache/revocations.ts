/**
 * Marks that say when a user was purged: assertions issued before that are refused, so that a stolen token ends on
 * every instance within a minute. Marks live in one partition of the table, sealed like tokens, and are read in the
 * background every half minute, so that no warm call waits for them. They are written under every configured key, since
 * instances may know different ones during a rotation. Without a table they are this process's alone.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables'
import { LRUCache } from 'lru-cache'
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { Caller } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import { parseJson } from '../json.ts'
import { upTo } from '../resilience/lru.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import * as z from '../zod.ts'
import { type Report, type Spare, spareTime } from './outage.ts'
import { type Rows, unless } from './rows.ts'

export type User = Pick<Caller, 'tid' | 'oid'>

export type Revocations = {
  /** @throws Failure `token_refused` for a token that was issued before its user was purged */
  check: (caller: Caller) => Promise<void>
  /**
   * Whether a purge at or after that time, in milliseconds since 1970, is known here. Reads nothing: `check` has, with
   * the caller of every call.
   */
  purgedSince: (user: User, time: number) => boolean
  /** @throws when the other instances cannot be told */
  mark: (user: User) => Promise<void>
}

const partitionKey = 'revocations'
/** Seconds by which Entra back-dates `iat` and `nbf`. */
const backDated = 300
/** Milliseconds. With the time of a read well within the minute that a purge may take to be seen. */
const readAfter = 25_000
const tooOld = 50_000
const readTimeout = 2_000
const writeTimeout = 5_000
/** Longer than any assertion lives. */
const markLife = 26 * 60 * 60_000
const warnEvery = 60 * 60_000

type Row = { sealed: string; expiresAt: Date }
/** Seconds since 1970. */
const content = z.object({ revokedAt: z.number() })
const contextOf = (id: string, expiresAt: Date) => [partitionKey, id, expiresAt.toJSON()]

export function revocations(options: {
  keys: EncryptionKeys
  shared: { client: TableClient; rows: Rows; spare: Spare } | undefined
  report: Report
  now: () => number
}): Revocations {
  const { keys, shared, report, now } = options
  const { open } = keys.seal('revocation mark')
  const { all } = keys.mac('token cache index')
  const underEachKey = keys.each.map((one) => ({
    idOf: ({ tid, oid }: User) => one.mac('token cache index').sign(['revoked', tid, oid]),
    close: one.seal('revocation mark').close,
  }))
  /** By what it calls the user. */
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
  /** A mark that cannot be read is as if it were deleted, which a seal cannot prevent. */
  const reject = (error: unknown) => {
    if (now() - warnedAt < warnEvery) return
    warnedAt = now()
    report('cache_row_rejected', `a purge mark: ${error instanceof Error ? error.message : error}`)
  }
  const readAll = async (client: TableClient, abortSignal: AbortSignal) => {
    const queryOptions = { filter: odata`PartitionKey eq ${partitionKey}` }
    for await (const row of client.listEntities<Row>({ queryOptions, abortSignal })) {
      const { rowKey = '', sealed, expiresAt } = row
      try {
        const { revokedAt } = content.parse(parseJson(open(sealed, contextOf(rowKey, expiresAt))))
        put(rowKey, revokedAt, expiresAt)
      } catch (error) {
        reject(error)
      }
    }
    for (const [id, { expiresAt }] of marks) if (expiresAt < now()) marks.delete(id)
  }
  /** Something to wait for, when the marks are too old to go by. */
  const current = () => {
    const age = now() - readAt
    if (!shared || age < readAfter) return undefined
    const reading = flight(async () => {
      await shared.spare(() =>
        withTimeLimit(readTimeout, (signal) => readAll(shared.client, signal)).catch(unless(404)),
      )
      // After a failure too: calls go on with what is known until the next period.
      readAt = now()
    })
    if (age <= tooOld) return undefined
    // An instance that has just started knows no mark at all: its first calls wait longer, up to one time-out.
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
      const text = JSON.stringify({ revokedAt: markedAt })
      const written = underEachKey.map(({ idOf, close }) => {
        const rowKey = idOf(user)
        return {
          partitionKey,
          rowKey,
          expiresAt,
          sealed: close(text, contextOf(rowKey, expiresAt)),
        }
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
