/** The cache put together: what it caches for, where it keeps it, and how it is emptied. */
import { odata, type TableClient } from '@azure/data-tables'
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { OnBehalfOf } from '../entra/on-behalf-of.ts'
import { type CachedExchange, cachedExchange } from './cached-exchange.ts'
import { memory } from './memory.ts'
import { type Report, sparing } from './outage.ts'
import { type Revocations, revocations, type User } from './revocations.ts'
import { rows } from './rows.ts'
import { tokenTable } from './token-table.ts'

export type TokenCache = CachedExchange & {
  /** To be called with every validated caller. */
  checkNotRevoked: Revocations['check']
  purgedSince: Revocations['purgedSince']
  /**
   * Ends what the user's assertions up to now can do: here at once, elsewhere within a minute.
   * @returns how many tokens it deleted
   * @throws when the table cannot be reached, for then the others cannot be told
   */
  purgeUser: (user: User) => Promise<number>
  /** Only with a table. Both throw when it cannot be reached. */
  shared: { check: () => Promise<void>; sweep: () => Promise<number> } | undefined
}

export function tokenCache(options: {
  exchange: OnBehalfOf
  /** This app, as every exchanged token depends on it: its client id, and what it told Entra that it can do. */
  app: readonly unknown[]
  keys: EncryptionKeys
  /** Shared by all instances; none: tokens are kept in this process only. */
  client: TableClient | undefined
  report: Report
  now: () => number
}): TokenCache {
  const { exchange, app, keys, client, report, now } = options
  const held = memory()
  const shared = client && { client, rows: rows(client), spare: sparing({ report, now }) }
  const marks = revocations({ keys, shared, report, now })
  const table = shared && tokenTable({ ...shared, app, keys, report })
  return {
    ...cachedExchange({ exchange, memory: held, table, now }),
    checkNotRevoked: marks.check,
    purgedSince: marks.purgedSince,
    async purgeUser(user) {
      await marks.mark(user)
      const dropped = held.deleteUser(user)
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
