/**
 * Instances of the product's token cache and exchange, which share an Entra emulator and one real table. Each
 * instance has its own memory and clock.
 */
import { TableClient } from '@azure/data-tables'
import type { Forgery } from '../../local/entra/forge.ts'
import { clients, directory, type User } from '../../local/seed.ts'
import { startTables } from '../../local/tables.ts'
import { arm, type Downstream, graph } from '../../shared/downstreams.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { startEmulators } from './emulators.ts'
import { appOrigin } from './entra-client.ts'

export type CacheKeyForTest = { kid: string; key: string }
/** Another `digit`, another key. */
export const cacheKey = (kid: string, digit: number): CacheKeyForTest => ({
  kid,
  key: Buffer.alloc(32, digit).toString('base64url'),
})
export const keyA = cacheKey('a', 1)
export const keyB = cacheKey('b', 2)

export type Row = { partitionKey: string; rowKey: string; sealed: string; expiresAt: Date }
export type Instance = ReturnType<typeof instanceOf>
export type SharedCache = Awaited<ReturnType<typeof startSharedCache>>

export async function startSharedCache() {
  // Without policies: carol is a user like the others.
  const data = { ...directory(appOrigin), policies: [] }
  const { entra, environment, ...emulators } = await startEmulators({ data })
  let tables = await startTables({ port: 0 })
  const { url, connection } = tables
  const environmentOf = (keys = [keyA]) => ({
    ...environment,
    TOKEN_CACHE_CONNECTION: connection,
    ENCRYPTION_KEYS: JSON.stringify(keys),
  })
  const clientOf = (through: string) =>
    TableClient.fromConnectionString(through, 'tokenCache', { allowInsecureConnection: true })
  const client = () => clientOf(connection)
  const rows = () => Array.fromAsync(client().listEntities<Row>())
  return {
    entra,
    url,
    /** The table itself, without the product. */
    client,
    /** The table through a proxy in front of it. */
    clientOf,
    /** App settings of an instance. */
    environmentOf,
    /** A function app that has just started. */
    instance: ({ keys, settings = {}, ...options }: InstanceOptions = {}) =>
      instanceOf({ ...environmentOf(keys), ...settings }, options),
    /** An access token of `user` for this API; each is an assertion of its own. */
    tokenOf: (user: User, forgery: Partial<Forgery> = {}) =>
      entra.admin.forgeToken({ user: user.oid, client: clients.public.clientId, ...forgery }),
    /** How often Entra was asked for an exchange. */
    exchanges: (user?: User) =>
      entra.admin.requests({ kind: 'on_behalf_of', ...(user && { user: user.oid }) }).length,
    /** All that is in the table, which may not be there yet. */
    rows: async (): Promise<Row[]> => {
      await client().createTable()
      return rows()
    },
    stopTables: () => tables.close(),
    /** On the same port, and empty, since it keeps everything in memory. */
    async restartTables() {
      tables = await startTables({ port: Number(new URL(url).port) })
    },
    /** Resets Entra, except for keys, and empties the table. */
    async reset() {
      entra.admin.reset()
      await client().createTable()
      for (const { partitionKey, rowKey } of await rows()) {
        await client().deleteEntity(partitionKey, rowKey)
      }
    },
    async close() {
      await Promise.all([emulators.close(), tables.close()])
    },
  }
}

type InstanceOptions = {
  /** Newest first. */
  keys?: CacheKeyForTest[]
  /** App settings that replace the local stack's; an empty one counts as absent. */
  settings?: Record<string, string>
  now?: () => number
  fetch?: typeof fetch
}

function instanceOf(
  environment: Record<string, string>,
  options: Omit<InstanceOptions, 'keys' | 'settings'>,
) {
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const services = createServices(parseSettings(environment, [arm, graph]), { ...options, log })
  return {
    ...services.tokenCache,
    services,
    /** Lines of the log with that outcome. */
    audited: (outcome: string) => lines.filter((line) => JSON.parse(line).outcome === outcome),
    /** The downstream token of a call with this token. */
    async call(token: string, downstream: Downstream = arm): Promise<string> {
      const caller = await services.validate(token)
      const won = await services.onBehalfOf(caller, downstream.scope(services.settings))
      return won.token.reveal()
    },
  }
}
