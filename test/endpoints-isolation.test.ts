/**
 * All endpoints and a relay in one app, many callers at the same time, then another process on the same table: no data,
 * token or exchange of one user or API serves another.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TableClient } from '@azure/data-tables'
import { endpoints } from '../functions/endpoints.ts'
import { alice, bob, carol, clients, subscriptions, type User } from '../local/seed.ts'
import { startTables, type Tables } from '../local/tables.ts'
import { auditRecordOf } from './support/audit-record.ts'
import { eventually } from './support/eventually.ts'
import { toolResultOf } from './support/mcp-request.ts'
import type { App, Product } from './support/product.ts'
import { type Relayed, relayTo, startRelayed } from './support/relay.ts'
import { keyA } from './support/shared-cache.ts'

let relayed: Relayed
let product: Product
let tables: Tables
before(async () => {
  tables = await startTables({ port: 0 })
  relayed = await startRelayed()
  product = relayed.product
})
after(async () => {
  await relayed?.close()
  await tables?.close()
})

const users = [alice, bob, carol]
/** Calls that read, with the data that each answers to its own caller only. `api`: path of the requests. */
const calls = [
  { name: 'list_subscriptions', args: {}, api: '/arm' },
  { name: 'find_resources', args: { limit: 1000 }, api: '/arm' },
  { name: 'query_resources', args: { query: 'Resources | distinct subscriptionId' }, api: '/arm' },
  { name: 'who_am_i', args: {}, api: '/graph' },
  { name: 'list_my_groups', args: {}, api: '/graph' },
  { name: 'list_notes', args: {}, api: 'notes' },
] as const

/** Carol's role is in bob's subscription. */
const own = (user: User): string[] => {
  const readable = subscriptions.filter(({ readers }) => readers.includes(user.oid))
  const shared = user === carol ? subscriptions.slice(3, 4) : []
  const groups = { [alice.oid]: 'Finance', [bob.oid]: 'Retail', [carol.oid]: 'Audit' }
  const notes = {
    [alice.oid]: ['Renew the Fabrikam contract', 'Ask Bob about staging'],
    [bob.oid]: ['Close the retail budget'],
  }
  return [
    ...(notes[user.oid] ?? []),
    user.oid,
    user.upn,
    `"${groups[user.oid]}"`,
    ...[...readable, ...shared].map(({ id }) => id),
  ]
}
const all = new Set(users.flatMap(own))
/** No user may ever see these. */
const hidden = subscriptions.filter(({ readers }) => readers.length === 0).map(({ id }) => id)

test('each caller of each endpoint gets their own data, by tokens of their own', async () => {
  const relay = relayTo(relayed.notes.url)
  const tools = [...endpoints, relay].flatMap((endpoint) => endpoint.tools)
  const newProcess = () =>
    product.app({
      definition: { name: 'cost', title: 'All', tools },
      settings: {
        TOKEN_CACHE_CONNECTION: tables.connection,
        ENCRYPTION_KEYS: JSON.stringify([keyA]),
      },
    })
  const claims = {
    ...{ scp: 'cost.read directory.read resources.read notes.read' },
    ...{ amr: ['pwd', 'mfa'], xms_cc: ['cp1'] },
  }
  const sessions = await Promise.all(
    users.flatMap((user) =>
      [clients.public, clients.confidential].map(async ({ clientId: client }) => ({
        user,
        token: await product.tokenOf(user, { client, claims }),
      })),
    ),
  )
  const round = calls.flatMap((call) => sessions.map((session) => ({ ...call, ...session })))
  const askAll = (app: App, rounds: number) =>
    Promise.all(
      Array.from({ length: rounds }, () => round)
        .flat()
        .map(async ({ name, args, user, token }) => {
          const { status, text, log } = await app.call(token, name, args)
          assert.equal(status, 200, text)
          assert.equal(toolResultOf(text).isError, false, text)
          const foreign = [...all.difference(new Set(own(user))), ...hidden]
          assert.deepEqual(
            foreign.filter((it) => text.includes(it)),
            [],
            `${name} of ${user.name}`,
          )
          assert.equal(auditRecordOf(log[0] ?? '').oid, user.oid)
        }),
    )

  const table = TableClient.fromConnectionString(tables.connection, 'tokenCache', {
    allowInsecureConnection: true,
  })
  // Twenty rounds at once leave little time to create it, and without it the cache goes on in memory.
  await table.createTable()
  await askAll(newProcess(), 20)
  // One for each session and scope: ARM's tools share theirs, Graph's two have one each, the relayed server one.
  const held = sessions.length * 4
  assert.equal(product.exchanges(), held)
  const rows = async () => (await Array.fromAsync(table.listEntities())).length
  await eventually(async () => assert.ok((await rows()) >= held))
  // One round: more would keep this process busy for longer than a read of the table may take.
  await askAll(newProcess(), 1)
  assert.equal(product.exchanges(), held, 'the other process has each token from the table')
  for (const user of users) {
    const asked = product.entra.admin.requests({ kind: 'on_behalf_of', user: user.oid })
    assert.equal(asked.length, 8)
  }
  const refused = product.azure.admin.requests().filter(({ status }) => status >= 400)
  assert.deepEqual(refused, [], 'no API was ever shown a token for another')
})
