/** Callers at the same time never get each other's data or tokens, and nothing is kept too long. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import * as z from 'zod'
import { alice, bob, clients, subscriptions, type User } from '../local/seed.ts'
import { arm, graph } from '../shared/downstreams.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { refusalOf, toolResultOf } from './support/mcp-request.ts'
import { scope } from './support/permissions.ts'
import { type App, type Product, startProduct } from './support/product.ts'

const jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) })
const profile = z.object({ id: z.string(), userPrincipalName: z.string() })
const whoAmI = defineTool({
  name: 'who_am_i',
  description: 'The signed-in user, by Microsoft Graph.',
  effect: 'reads',
  access: scope('cost.read'),
  downstream: graph,
  input: z.object({}),
  output: profile,
  run: ({ api }) => api.get('/v1.0/me?$select=id,userPrincipalName', profile),
})
const seen = z.object({ value: z.array(z.object({ subscriptionId: z.string() })) })
const whatISee = defineTool({
  name: 'list_mine',
  description: 'The subscriptions of the signed-in user, by Azure Resource Manager.',
  effect: 'reads',
  access: scope('cost.read'),
  downstream: arm,
  input: z.object({}),
  output: seen,
  run: ({ api }) => api.get('/subscriptions?api-version=2022-12-01', seen),
})

let product: Product
let app: App
/** Milliseconds that the app's clock is ahead. */
let ahead = 0
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => {
  product.reset()
  ahead = 0
  app = newApp()
})
const newApp = () => product.app({ tools: [whoAmI, whatISee], now: () => Date.now() + ahead })

const mine = ({ oid }: User) =>
  subscriptions.filter(({ readers }) => readers.includes(oid)).map(({ id }) => id)

const checks = {
  who_am_i: (text: string, user: User) =>
    assert.equal(profile.parse(toolResultOf(text).data).id, user.oid),
  list_mine: (text: string, user: User) => {
    const ids = seen.parse(toolResultOf(text).data).value.map((it) => it.subscriptionId)
    assert.deepEqual(ids, mine(user))
  },
}

suite('callers at the same time', () => {
  test('each get their own data, with one exchange for each assertion and API', async () => {
    const sessions: { user: User; token: string }[] = []
    for (const user of [alice, bob]) {
      for (const client of [clients.public, clients.confidential]) {
        for (const _session of ['first', 'second']) {
          const token = await product.tokenOf(user, { client: client.clientId })
          sessions.push({ user, token })
        }
      }
    }
    const round = sessions.flatMap((session) => [
      { ...session, tool: 'who_am_i' as const },
      { ...session, tool: 'list_mine' as const },
    ])
    const calls = Array.from({ length: 25 }, () => round).flat()
    await Promise.all(
      calls.map(async ({ user, token, tool }) => {
        const answer = await app.call(token, tool)
        assert.equal(answer.status, 200, answer.text)
        checks[tool](answer.text, user)
        assert.equal(JSON.parse(answer.log[0] ?? '{}').oid, user.oid)
      }),
    )
    assert.equal(product.exchanges(), round.length)
    for (const user of [alice, bob]) {
      const his = product.entra.admin.requests({ kind: 'on_behalf_of', user: user.oid })
      assert.equal(his.length, round.length / 2)
    }
  })

  test('two hundred first calls of one user are one exchange', async () => {
    const token = await product.tokenOf(alice)
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => app.call(token, 'list_mine')),
    )
    for (const { text } of answers) checks.list_mine(text, alice)
    assert.equal(product.exchanges(), 1)
  })

  test('the same user through another client is another exchange', async () => {
    for (const { clientId } of [clients.public, clients.confidential]) {
      await app.call(await product.tokenOf(alice, { client: clientId }), 'list_mine')
    }
    assert.equal(product.exchanges(), 2)
  })

  test('a failing exchange fails the calls that wait for it, and is not remembered', async () => {
    const token = await product.tokenOf(alice)
    product.entra.admin.addFault({
      on: 'on_behalf_of',
      kind: 'status',
      status: 429,
      retryAfter: 1,
      times: 1,
    })
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => app.call(token, 'list_mine')),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503])
    const references = answers.map(({ text }) => refusalOf(text).reference)
    assert.equal(new Set(references).size, answers.length)
    assert.equal(product.exchanges(), 1)

    ahead = 1_001
    const again = await app.call(token, 'list_mine')
    checks.list_mine(again.text, alice)
    assert.equal(product.exchanges(), 2)
  })

  test('a failing exchange does not affect other users', async () => {
    product.entra.admin.setUser(alice.oid, { enabled: false })
    const [hers, his] = await Promise.all([product.tokenOf(alice), product.tokenOf(bob)])
    const [refused, served] = await Promise.all([
      app.call(hers, 'list_mine'),
      app.call(his, 'list_mine'),
    ])
    checks.list_mine(served.text, bob)
    assert.ok(toolResultOf(refused.text).isError)
  })
})

suite('cached tokens and keys', () => {
  const minutes = (n: number) => n * 60_000

  test('a downstream token that ends within five minutes is not served', async () => {
    product.entra.admin.setLifetimes({ accessTokenSeconds: 3600 })
    const token = await product.tokenOf(alice, { expiresIn: 24 * 3600 })
    const exchangesAfter = async (time: number) => {
      ahead = time
      await app.call(token, 'list_mine')
      return product.exchanges()
    }
    assert.equal(await exchangesAfter(0), 1)
    assert.equal(await exchangesAfter(minutes(43)), 1)
    assert.equal(await exchangesAfter(minutes(56)), 2)
  })

  test('a downstream token that lives less than that is used once, and not kept', async () => {
    product.entra.admin.setLifetimes({ accessTokenSeconds: 200 })
    const token = await product.tokenOf(alice, { expiresIn: 3600 })
    for (const _ of [1, 2]) checks.list_mine((await app.call(token, 'list_mine')).text, alice)
    assert.equal(product.exchanges(), 2)
  })

  test('an accepted token is refused once it has expired', async () => {
    const token = await product.tokenOf(alice, { expiresIn: 600 })
    assert.equal((await app.call(token, 'list_mine')).status, 200)
    ahead = minutes(11)
    const answer = await app.call(token, 'list_mine')
    assert.equal(answer.status, 401)
    assert.match(refusalOf(answer.text).error_description, /expired \(exp\)/)
    assert.equal(product.exchanges(), 1)
  })

  test('tokens of the older key stay valid after a rotation', async () => {
    const before = await product.tokenOf(alice)
    assert.equal((await app.call(before, 'list_mine')).status, 200)
    await product.entra.admin.rotateKeys()
    const after = await product.tokenOf(alice)
    assert.equal((await app.call(after, 'list_mine')).status, 200)
    assert.equal((await app.call(before, 'list_mine')).status, 200)
  })

  test('an accepted token of a withdrawn key is refused once the keys are read again', async () => {
    const token = await product.tokenOf(alice)
    assert.equal((await app.call(token, 'list_mine')).status, 200)
    await product.entra.admin.rotateKeys({ withdraw: true })
    assert.equal((await app.call(token, 'list_mine')).status, 200)
    await app.services.readKeys()
    const answer = await app.call(token, 'list_mine')
    assert.equal(answer.status, 401)
    assert.match(refusalOf(answer.text).error_description, /key \(kid\)/)
  })

  test('an accepted token is refused once another key has the name of its key', async () => {
    let kid: string | undefined
    const app = product.app({
      tools: [whatISee],
      async fetch(input, init) {
        const response = await fetch(input, init)
        if (!kid || !String(input).endsWith('/keys')) return response
        const { keys } = jwks.parse(await response.json())
        return Response.json({ keys: keys.map((key) => ({ ...key, kid })) })
      },
    })
    const token = await product.tokenOf(alice)
    assert.equal((await app.call(token, 'list_mine')).status, 200)
    kid = decodeProtectedHeader(token).kid
    await product.entra.admin.rotateKeys({ withdraw: true })
    await app.services.readKeys()
    const answer = await app.call(token, 'list_mine')
    assert.equal(answer.status, 401)
    assert.match(refusalOf(answer.text).error_description, /signature/)
  })

  test('a withdrawn key is noticed within the hour, without a call', async () => {
    const token = await product.tokenOf(alice, { expiresIn: 24 * 3600 })
    assert.equal((await app.call(token, 'list_mine')).status, 200)
    await product.entra.admin.rotateKeys({ withdraw: true })
    ahead = minutes(61)
    // The call that finds the keys old has them read in the background.
    let { status } = await app.call(token, 'list_mine')
    for (let tries = 0; status === 200 && tries < 100; tries++) {
      status = (await app.call(token, 'list_mine')).status
    }
    assert.equal(status, 401)
  })

  test('invented kids cause one read of the keys, not one each', async () => {
    await app.call(await product.tokenOf(alice), 'list_mine')
    product.entra.admin.clearRequests()
    const made = await Promise.all(
      Array.from({ length: 20 }, () => product.tokenOf(alice, { key: 'unknown-kid' })),
    )
    for (const token of made) assert.equal((await app.call(token, 'list_mine')).status, 401)
    assert.equal(product.entra.admin.requests({ kind: 'keys' }).length, 1)
    ahead = 31_000
    for (const token of made) assert.equal((await app.call(token, 'list_mine')).status, 401)
    assert.equal(product.entra.admin.requests({ kind: 'keys' }).length, 2)
  })
})
