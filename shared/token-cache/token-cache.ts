/** Assembles the token cache: the exchange it wraps, memory and table, and how entries are purged. */
import { odata, type TableClient } from '@azure/data-tables'
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { User } from '../entra/caller.ts'
import type { OnBehalfOf } from '../entra/on-behalf-of.ts'
import { type CachedExchange, cachedExchange } from './cached-exchange.ts'
import { type Report, sparing } from './outage.ts'
import { type Revocations, revocations } from './revocations.ts'
import { rows } from './rows.ts'
import { tokenTable } from './token-table.ts'

export type TokenCache = Omit<CachedExchange, 'dropTokens'> & {
  /** Call this with every validated caller. */
  checkNotRevoked: Revocations['check']
  purgedSince: Revocations['purgedSince']
  /**
   * Revokes the user's assertions issued until now: here at once, on other instances within a minute.
   * @returns the number of tokens deleted
   * @throws Error if the table cannot be reached, since then the other instances do not learn of it
   */
  purgeUser: (user: User) => Promise<number>
  /** Only with a table. Both throw if it cannot be reached. */
  shared: { check: () => Promise<void>; sweep: () => Promise<number> } | undefined
}

/** One cache per process. */
export function tokenCache(options: {
  exchange: OnBehalfOf
  /** What every exchanged token depends on: this app's client id and the capabilities it declared to Entra. */
  app: readonly unknown[]
  keys: EncryptionKeys
  /** Shared by all instances; undefined: tokens are kept in this process only. */
  client: TableClient | undefined
  report: Report
  now: () => number
}): TokenCache {
  const { exchange, app, keys, client, report, now } = options
  const shared = client && { client, rows: rows(client), spare: sparing({ report, now }) }
  const marks = revocations({ keys, shared, report, now })
  const table = shared && tokenTable({ ...shared, app, keys, report })
  const { dropTokens, ...cached } = cachedExchange({ exchange, table, now })
  return {
    ...cached,
    checkNotRevoked: marks.check,
    purgedSince: marks.purgedSince,
    async purgeUser(user) {
      await marks.mark(user)
      const dropped = dropTokens(user)
      const partitions = table?.partitionsOf(user) ?? []
      const removed = await Promise.all(
        partitions.map((name) => shared?.rows.removeWhere(odata`PartitionKey eq ${name}`) ?? 0),
      )
      return Math.max(
        dropped,
        removed.reduce((sum, count) => sum + count, 0),
      )
    },
    shared: shared && {
      check: async () => {
        await shared.rows.read({ partitionKey: 'check', rowKey: 'check' })
      },
      sweep: () => shared.rows.removeWhere(odata`expiresAt lt ${new Date(now())}`),
    },
  }
}
