/** The cache put together: what it caches for, where it keeps it, and how it is emptied. */
import { odata, type TableClient } from '@azure/data-tables'
import type { CacheKey } from '../../settings.ts'
import type { OnBehalfOf } from '../on-behalf-of.ts'
import { type CachedExchange, cachedExchange } from './cached-exchange.ts'
import { firstLevel } from './first-level.ts'
import { keyRing } from './key-ring.ts'
import { type Report, sparing } from './outage.ts'
import { revocations, type User } from './revocations.ts'
import { secondLevel } from './second-level.ts'
import { table } from './table.ts'

export type TokenCache = CachedExchange & {
  /**
   * Forgets what was ever won for a user: here at once, elsewhere within a minute. How many tokens it found. Throws
   * when the table cannot be reached, for then others may go on serving them.
   */
  purgeUser: (user: User) => Promise<number>
  /** Only with a table. Both throw when it cannot be reached. */
  shared: { check: () => Promise<void>; sweep: () => Promise<number> } | undefined
}

export type SharedTable = { client: TableClient; keys: readonly [CacheKey, ...CacheKey[]] }

export function tokenCache(options: {
  exchange: OnBehalfOf
  /** Client id of this API. */
  clientId: string
  table: SharedTable | undefined
  report: Report
  now: () => number
}): TokenCache {
  const { exchange, clientId, report, now } = options
  const first = firstLevel()
  const shared = options.table && open(options.table, { report, now })
  const marks = revocations({ shared, onNews: () => first.deleteWhere(marks.isVoid), now })
  const second = shared && secondLevel({ clientId, ...shared, report })
  return {
    ...cachedExchange({ exchange, first, second, revocations: marks, now }),
    async purgeUser(user) {
      const dropped = await marks.mark(user)
      const partitions = shared?.ring.names(['user', user.tid, user.oid]) ?? []
      const removed = await Promise.all(
        partitions.map((name) => shared?.table.removeWhere(odata`PartitionKey eq ${name}`) ?? 0),
      )
      return Math.max(
        dropped,
        removed.reduce((sum, count) => sum + count, 0),
      )
    },
    shared: shared && {
      check: async () => {
        await shared.table.read({ partitionKey: 'check', rowKey: 'check' })
      },
      sweep: () => shared.table.removeWhere(odata`expiresAt lt ${new Date(now())}`),
    },
  }
}

function open({ client, keys }: SharedTable, options: { report: Report; now: () => number }) {
  return { client, ring: keyRing(keys), table: table(client), spare: sparing(options) }
}
