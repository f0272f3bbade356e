/**
 * Reads the shared table in turns, through the token cache and by the library alone. Gets tokens over IPC and returns the
 * CPU of each round; its own process, so that nothing else is measured.
 */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { TableClient } from '@azure/data-tables'
import * as z from 'zod'
import { arm, graph } from '../../shared/downstreams.ts'
import { encryptionKeys } from '../../shared/encryption-keys.ts'
import type { Caller } from '../../shared/entra/caller.ts'
import { clientCapabilities } from '../../shared/entra/msal-client.ts'
import { outgoing } from '../../shared/outgoing.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { sparing } from '../../shared/token-cache/outage.ts'
import { rows } from '../../shared/token-cache/rows.ts'
import { tableClient } from '../../shared/token-cache/table-client.ts'
import { tokenTable } from '../../shared/token-cache/token-table.ts'

const warmUpRounds = 5
const rounds = 11
const readsInTurn = 600
const sideBySide = 8
const scope = 'https://management.azure.com/user_impersonation'

const settings = parseSettings(process.env, [arm, graph])
if (!settings.tokenTable) throw new Error('No table is configured')
const client = tableClient(settings.tokenTable, settings.credential, outgoing(settings.proxy))
const { TOKEN_CACHE_CONNECTION: connection = '' } = process.env
const bare = TableClient.fromConnectionString(connection, client.tableName, {
  allowInsecureConnection: true,
})
const keys = encryptionKeys(settings.encryptionKeys)
const report = (outcome: string, detail: string) => console.error(outcome, detail)
const spare = sparing({ now: Date.now, report })
// Row names depend on these values, as in services.ts.
const app = [settings.clientId, clientCapabilities]
const table = tokenTable({ ...{ app, keys, spare, report }, rows: rows(client) })

const [message] = await once(process, 'message')
const { validate, onBehalfOf } = createServices(settings)
const callers = await Promise.all(z.array(z.string()).parse(message).map(validate))
for (const caller of callers) await onBehalfOf(caller, scope)
for (const caller of callers) await written(caller)

// The cache computes row names; bare reads get them beforehand.
const places = new Map(callers.map((caller) => [caller, table.placeOf(caller, scope)]))
const readers = {
  async cached(caller: Caller) {
    if (!(await table.read(caller, scope))) throw new Error('An existing row was not read')
  },
  async bare(caller: Caller) {
    const place = places.get(caller)
    if (place) await bare.getEntity(place.partitionKey, place.rowKey)
  },
}
const results: Record<keyof typeof readers, number>[] = []
for (let round = -warmUpRounds; round < rounds; round++) {
  const result = { cached: 0, bare: 0 }
  // Alternates the order, since the first reader pays for the garbage of the previous round.
  for (const reader of ['cached', 'bare', 'bare', 'cached'] as const) {
    result[reader] += (await cpuOf(readers[reader])) / 2
  }
  if (round >= 0) results.push(result)
}
process.send?.(results)
process.disconnect?.()

/** Waits for the row, since answers do not wait for writes. */
async function written(caller: Caller): Promise<void> {
  for (let tried = 0; tried < 100; tried++) {
    if (await table.read(caller, scope)) return
    await pause(20)
  }
  throw new Error('A token was exchanged, but no row was written')
}

/** Microseconds per read. */
async function cpuOf(read: (caller: Caller) => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  let done = 0
  const worker = async () => {
    for (let index = done++; index < readsInTurn; index = done++) {
      const caller = callers[index % callers.length]
      if (caller) await read(caller)
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, worker))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / readsInTurn
}
