/**
 * Unmodified MCP clients with a registration in the tenant, and no authorization server of ours: they find Entra from
 * the 401, sign a person in with PKCE, list and call the tools as that person, and ask for the scopes that a tool needs.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { createCosts } from '../local/azure/data.ts'
import {
  alice,
  bob,
  carol,
  carolNeedsMfa,
  type Subscription,
  subscriptions,
  type User,
} from '../local/seed.ts'
import { mcpClients, Person } from './support/mcp-clients.ts'
import { type RunningStack, runStack } from './support/running-stack.ts'

let stack: RunningStack
before(async () => {
  stack = await runStack({ LOCAL_AUTHORIZATION: 'entra' })
  await change(`${new URL(stack.arm).origin}/admin/settings`, 'PUT', {
    pageSize: 2,
    report: { polls: 1, retryAfterSeconds: 0, outcome: 'Completed' },
  })
})
after(() => stack?.stop())
beforeEach(() => change(`${stack.entra.admin}/reset`, 'POST', {}))

for (const [name, connect] of Object.entries(mcpClients)) {
  for (const registration of ['public', 'confidential'] as const) {
    for (const user of [alice, bob]) {
      test(`${name}, ${registration}: ${user.name} signs in once and sees only what is ${user.name}'s`, async () => {
        await using client = await connect(endpoint(), person(user, registration))
        const tools = [
          'list_subscriptions',
          'cost_by_service',
          'compare_costs',
          'cost_forecast',
          'list_budgets',
          'cost_export',
        ]
        assert.deepEqual(await client.tools(), tools)

        const { structuredContent } = await client.call('list_subscriptions')
        const own = subscriptions.filter(({ readers }) => readers.includes(user.oid))
        assert.deepEqual(structuredContent, {
          subscriptions: own.map(({ id, name }) => ({ id, name, state: 'Enabled' })),
        })
        for (const subscription of subscriptions) {
          const args = { scope: subscription.id, period: 'last_month' }
          const { isError, structuredContent } = await client.call('cost_by_service', args)
          assert.equal(isError, !own.includes(subscription))
          if (isError) continue
          assert.equal(structuredContent?.currency, subscription.currency)
          assertClose(structuredContent?.total, costOfLastMonth(subscription))
        }
        assert.equal((await entraRequests('authorization_code')).length, 1)
        assert.equal((await entraRequests('on_behalf_of')).length, 1)
      })
    }
  }

  test(`${name}: carol, who has access to nothing, reads that in our words`, async () => {
    await change(`${stack.entra.admin}/policies/${carolNeedsMfa.id}`, 'DELETE', {})
    await using client = await connect(endpoint(), person(carol, 'public'))
    const { structuredContent } = await client.call('list_subscriptions')
    assert.deepEqual(structuredContent, { subscriptions: [] })
    const refused = await client.call('cost_by_service', { scope: subscriptions[0]?.id })
    assert.equal(refused.isError, true)
    assert.match(
      refused.content[0]?.text ?? '',
      /^The signed-in user may not do this in Azure Resource Manager \(403 AuthorizationFailed\)\. An administrator of that resource can grant access\. \(reference [0-9a-f-]{36}\)$/,
    )
  })

  test(`${name}: bob, who lacks the role to export, is told so and not sent to sign in again`, async () => {
    await using client = await connect(endpoint(), person(bob, 'public'))
    const refused = await client.call('cost_export', exportOf(subscriptions[3]))
    assert.equal(refused.isError, true)
    assert.match(refused.content[0]?.text ?? '', /lacks the app role Cost\.Exporter/)
    assert.equal((await entraRequests('authorization_code')).length, 1)
  })

  test(`${name}: an expired token is refreshed without a sign-in`, async () => {
    const holder = person(alice, 'public')
    await using client = await connect(endpoint(), holder)
    assert.ok(holder.held?.refresh_token)
    holder.held.access_token = await expiredToken()
    const { isError } = await client.call('list_subscriptions')
    assert.equal(isError, false)
    assert.equal((await entraRequests('authorization_code')).length, 1)
    assert.equal((await entraRequests('refresh_token')).length, 1)
  })
}

const { 'client v1': connectV1, ...v2Clients } = mcpClients

for (const [name, connect] of Object.entries(v2Clients)) {
  for (const registration of ['public', 'confidential'] as const) {
    test(`${name}, ${registration}: alice exports after one more sign-in, for the scopes of before and the missing one`, async () => {
      await using client = await connect(endpoint(), person(alice, registration))
      const { structuredContent } = await client.call('cost_export', exportOf(subscriptions[0]))
      assert.equal(structuredContent?.status, 'ready')

      assert.equal((await entraRequests('authorization_code')).length, 2)
      const asked = (await entraRequests('authorize')).at(-1)?.scope.split(' ')
      const scopes = ['cost.read', 'cost.export'].map((scope) => `${endpoint()}/${scope}`)
      assert.deepEqual(asked, [...scopes, 'offline_access'])
    })
  }
}

test('client v1 with a refresh token refreshes where it should sign in, and gives up after one try', async () => {
  await using client = await connectV1(endpoint(), person(alice, 'public'))
  await assert.rejects(client.call('cost_export', exportOf(subscriptions[0])), /upscoping/)
  assert.equal((await entraRequests('authorization_code')).length, 1)
  assert.equal((await entraRequests('refresh_token')).length, 1)
})

test('client v1 without a refresh token signs in again, and exports', async () => {
  const holder = person(alice, 'public')
  await using client = await connectV1(endpoint(), holder)
  delete holder.held?.refresh_token
  const { structuredContent } = await client.call('cost_export', exportOf(subscriptions[0]))
  assert.equal(structuredContent?.status, 'ready')
  assert.equal((await entraRequests('authorization_code')).length, 2)
})

const endpoint = () => stack.endpoints.cost ?? ''

function person({ upn }: User, registration: 'public' | 'confidential'): Person {
  if (registration === 'public')
    return new Person(upn, { client_id: stack.clients.public.clientId })
  const { clientId: client_id, clientSecret: client_secret } = stack.clients.confidential
  return new Person(upn, { client_id, client_secret })
}

const exportOf = (subscription: Subscription | undefined) => ({
  scope: subscription?.id,
  month: new Date().toISOString().slice(0, 7),
})

/** Added up without the code of the tool and the emulator. */
function costOfLastMonth(subscription: Subscription): number {
  const today = new Date().toISOString().slice(0, 10)
  const month = new Date(Date.parse(`${today.slice(0, 7)}-01`) - 1).toISOString().slice(0, 7)
  return createCosts(() => today)(subscription)
    .filter(({ day }) => day.startsWith(month))
    .reduce((sum, { cost }) => sum + cost, 0)
}

const assertClose = (actual: unknown, expected: number) =>
  assert.ok(Math.abs(Number(actual) - expected) < 0.01, `${actual}, not ${expected}`)

async function change(url: string, method: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) })
  assert.ok(response.ok, url)
}

const logged = z.array(z.object({ scope: z.string().default('') }))
async function entraRequests(kind: string): Promise<z.output<typeof logged>> {
  return logged.parse(await (await fetch(`${stack.entra.admin}/requests?kind=${kind}`)).json())
}

async function expiredToken(): Promise<string> {
  const client = stack.clients.public.clientId
  const body = JSON.stringify({ user: alice.upn, client, expiresIn: -600 })
  const response = await fetch(`${stack.entra.admin}/tokens`, { method: 'POST', body })
  return z.object({ token: z.string() }).parse(await response.json()).token
}
