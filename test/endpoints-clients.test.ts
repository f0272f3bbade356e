/** Real clients of both generations at /mcp/directory and /mcp/resources: each person gets their own data. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { alice, bob, carol, clients, subscriptions, type User } from '../local/seed.ts'
import { ClaimsCapablePerson } from './support/claims-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { type ConnectClient, mcpClients, Person } from './support/mcp-clients.ts'
import { toolCall } from './support/tool-call.ts'

const registration = { client_id: clients.public.clientId }
const { 'client v1': connectV1, ...v2Clients } = mcpClients

let host: HostedProduct
before(async () => {
  host = await startHostedProduct({ RATE_LIMIT_PER_MINUTE: '1000000' })
})
after(() => host.close())
beforeEach(() => host.reset())

const named = z.array(z.object({ name: z.string() })).transform((all) => all.map((it) => it.name))
const mine = new Map([
  [alice, { groups: ['All Staff', 'Cost Readers', 'Finance'], reads: subscriptions.slice(0, 3) }],
  [bob, { groups: ['All Staff', 'Cost Readers', 'Retail'], reads: subscriptions.slice(3, 4) }],
  [carol, { groups: ['All Staff', 'Audit'], reads: subscriptions.slice(3, 4) }],
])

async function asksTheDirectory(connect: ConnectClient, user: User, person: Person) {
  await using client = await connect(`${host.origin}/mcp/directory`, person)
  const data = async (name: string, args = {}) => {
    const { isError, structuredContent = {}, content } = await client.call(name, args)
    assert.equal(isError, false, content[0]?.text)
    return structuredContent
  }
  assert.equal((await data('who_am_i')).signInName, user.upn)
  assert.deepEqual(named.parse((await data('list_my_groups')).groups), mine.get(user)?.groups)
  assert.deepEqual(named.parse((await data('find_people', { query: 'bo' })).people), ['Bob'])

  const phone = '+49 30 1234567'
  const changed = await client.call('set_my_phone', { phone })
  // The seed assigns the role to alice alone.
  assert.equal(changed.isError, user !== alice)
  if (user !== alice) assert.match(changed.content[0]?.text ?? '', /app role Phone\.Editor/)
  assert.equal((await data('who_am_i')).phone === phone, user === alice)
}

const rows = z.object({ rows: z.array(z.object({ subscriptionId: z.string() })) })

async function asksForResources(connect: ConnectClient, user: User, person: Person) {
  await using client = await connect(`${host.origin}/mcp/resources`, person)
  const query = 'Resources | distinct subscriptionId | order by subscriptionId asc'
  const { structuredContent } = await client.call('query_resources', { query })
  const seen = rows.parse(structuredContent).rows.map(({ subscriptionId }) => subscriptionId)
  assert.deepEqual(
    seen,
    mine.get(user)?.reads.map(({ id }) => id),
  )
  const found = await client.call('find_resources', { type: 'microsoft.sql/servers' })
  assert.equal(found.isError, false)
}

for (const [name, connect] of Object.entries(v2Clients)) {
  suite(name, () => {
    for (const user of mine.keys()) {
      const person = () => new ClaimsCapablePerson(user.upn, registration)
      test(`${user.name} and the directory`, () => asksTheDirectory(connect, user, person()))
      test(`${user.name} and resources`, () => asksForResources(connect, user, person()))
    }
  })
}

suite('client v1', () => {
  for (const user of [alice, bob]) {
    const person = () => new Person(user.upn, registration)
    test(`${user.name} and the directory`, () => asksTheDirectory(connectV1, user, person()))
    test(`${user.name} and resources`, () => asksForResources(connectV1, user, person()))
  }
})

test('a sign-in for one endpoint does not count for another', async () => {
  const person = new Person(bob.upn, registration)
  await using _ = await v2Clients['client v2'](`${host.origin}/mcp/directory`, person)
  const { access_token: token } = person.held ?? {}
  const answer = await fetch(
    `${host.origin}/mcp/resources`,
    toolCall(token ?? '', 'find_resources'),
  )
  assert.equal(answer.status, 403)
  assert.match(answer.headers.get('www-authenticate') ?? '', /insufficient_scope.*resources\.read/)
})
