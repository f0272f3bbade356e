/**
 * Unmodified MCP clients that know a URL and nothing else: they register themselves, sign a person in through the
 * authorization server, call, refresh, ask for a scope that is missing, and satisfy a demand of Conditional Access.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { alice, bob, carol, carolNeedsMfa, subscriptions } from '../local/seed.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { mcpClients, Person } from './support/mcp-clients.ts'
import { oauthSettings } from './support/oauth.ts'

let product: HostedProduct
before(async () => {
  product = await startHostedProduct(oauthSettings)
})
after(() => product?.close())
beforeEach(() => product.reset())

for (const [name, connect] of Object.entries(mcpClients)) {
  test(`${name}: by the URL alone, a person signs in and sees what is theirs`, async () => {
    await using client = await connect(product.endpoint, new Person(bob.upn))
    const { structuredContent } = await client.call('list_subscriptions')
    const own = subscriptions.filter(({ readers }) => readers.includes(bob.oid))
    assert.deepEqual(structuredContent, {
      subscriptions: own.map(({ id, name }) => ({ id, name, state: 'Enabled' })),
    })
  })

  test(`${name}: an expired token is refreshed without a sign-in`, async () => {
    product.entra.admin.setLifetimes({ accessTokenSeconds: 600 })
    const person = new Person(alice.upn)
    await using client = await connect(product.endpoint, person)
    await client.call('list_subscriptions')
    assert.ok(person.held)
    const before = person.held.refresh_token
    person.held = { ...person.held, access_token: 'expired' }
    await client.call('list_subscriptions')
    assert.equal(person.signIns, 1)
    assert.notEqual(person.held.refresh_token, before)
  })

  test(`${name}: a missing scope is asked for, and granted`, async () => {
    const person = new Person(alice.upn)
    await using client = await connect(product.endpoint, person)
    const { isError } = await client.call('cost_export', {
      scope: subscriptions[0]?.id,
      month: '2026-10',
    })
    assert.equal(isError, false)
    assert.equal(person.signIns, 2)
  })
}

// A user each: what was demanded of one is remembered for ten minutes.
const users = [
  ['client v2', carol],
  ['client v2, 2026-07-28', alice],
  ['client v1', bob],
] as const
for (const [name, user] of users) {
  test(`${name}: a second factor is passed when it is demanded, by signing in once more`, async () => {
    product.entra.admin.putPolicy({ ...carolNeedsMfa, users: [user.oid] })
    const person = new Person(user.upn)
    await using client = await mcpClients[name](product.endpoint, person)
    const { isError } = await client.call('list_subscriptions')
    assert.equal(isError, false)
    assert.equal(person.signIns, 2)
  })
}
