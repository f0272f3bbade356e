/**
 * Conditional Access, from a person's sign-in to the API behind a tool: who has to sign in again, and what then
 * succeeds.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, beforeEach, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import * as z from 'zod'
import {
  alice,
  armClientId,
  bob,
  carol,
  carolNeedsMfa,
  clients,
  type Policy,
} from '../local/seed.ts'
import { arm } from '../shared/downstreams.ts'
import { type Access, allOf, authContext } from '../shared/mcp/access.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { ClaimsCapablePerson } from './support/claims-client.ts'
import { costRead, costResource } from './support/entra-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { mcpClients, Person } from './support/mcp-clients.ts'
import { challengeOf, toolResultOf } from './support/mcp-request.ts'
import { role, scope, scopeOfAdministrators } from './support/permissions.ts'
import { type Product, startProduct } from './support/product.ts'
import { signedInAs } from './support/signed-in.ts'

const publicClient = { client_id: clients.public.clientId }
const list = 'list_subscriptions'
const cp1 = { xms_cc: { values: ['cp1'] } }
const claimsOf = (accessToken: object) => JSON.stringify({ access_token: accessToken })
const decoded = (claims = '') => JSON.parse(Buffer.from(claims, 'base64').toString()).access_token

suite('carol, who needs a second factor for Azure', () => {
  let host: HostedProduct
  before(async () => {
    host = await startHostedProduct()
  })
  after(() => host.close())
  beforeEach(() => host.reset())

  const asked = (kind: string) => host.entra.admin.requests({ kind }).length
  const { 'client v1': _, ...v2Clients } = mcpClients

  for (const [name, connect] of Object.entries(v2Clients)) {
    test(`${name} that passes claims on signs in once more, and succeeds`, async () => {
      const person = new ClaimsCapablePerson(carol.upn, publicClient)
      await using client = await connect(host.endpoint, person)
      assert.equal(asked('authorization_code'), 1)
      const { isError, structuredContent } = await client.call(list)
      assert.equal(isError, false)
      assert.deepEqual(structuredContent, { subscriptions: [] })
      assert.deepEqual(decodeJwt(person.held?.access_token ?? '').xms_cc, ['cp1'])
      assert.deepEqual([asked('authorization_code'), asked('on_behalf_of')], [2, 2])
      await client.call(list)
      assert.deepEqual([asked('authorization_code'), asked('on_behalf_of')], [2, 2])
    })
  }

  for (const [name, connect] of Object.entries(mcpClients)) {
    test(`${name}, unmodified, reads what is required, and does not loop`, async () => {
      await using client = await connect(host.endpoint, new Person(carol.upn, publicClient))
      for (const _attempt of ['first', 'again']) {
        const { isError, content } = await client.call(list)
        assert.ok(isError)
        assert.match(content[0]?.text ?? '', /multifactor.*sign out of this server in the client/)
      }
      assert.ok(asked('authorization_code') + asked('refresh_token') <= 2)
      assert.equal(asked('on_behalf_of'), 1)
    })
  }
})

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => product.reset())

/** Signs in through the pages; asks for `claims` and `cp1`. */
const signIn = async (upn: string, claims: object = {}, scopes = costRead) => {
  const request = { claims: claimsOf({ ...cp1, ...claims }), scope: scopes }
  return (await signedInAs(product.entra, upn, request)).access_token
}

suite('a Conditional Access policy', () => {
  const id = 'e0000000-0000-4000-8000-00000000000b'
  const put = (require: Policy['require']) =>
    product.entra.admin.putPolicy({ id, resource: armClientId, users: 'everyone', require })

  test('sends Entra’s claims to the client, and accepts only the sign-in that meets them', async () => {
    const app = product.app()
    const before = await signIn(carol.upn)
    const refused = await app.call(before, list)
    assert.equal(refused.status, 401, refused.text)
    const { error, claims, scope } = challengeOf(refused.headers)
    assert.equal(error, 'insufficient_claims')
    assert.equal(scope, costRead)
    assert.deepEqual(decoded(claims).capolids.values, [carolNeedsMfa.id])
    assert.equal((await app.call(before, list)).status, 401)
    assert.equal(product.exchanges(), 1, 'the refusal is remembered for that sign-in')

    const met = await signIn(carol.upn, decoded(claims))
    assert.equal((await app.result(met, list)).isError, false)
    assert.equal((await app.call(before, list)).status, 401)
    assert.equal(product.exchanges(), 2)
  })

  test('does not affect other users', async () => {
    const app = product.app()
    assert.equal((await app.call(await signIn(carol.upn), list)).status, 401)
    assert.equal((await app.result(await signIn(bob.upn), list)).isError, false)
  })

  test('passes a claims challenge for a compliant device on like a second factor', async () => {
    put('compliant_device')
    const refused = await product.app().call(await signIn(alice.upn), list)
    assert.equal(refused.status, 401)
    assert.deepEqual(decoded(challengeOf(refused.headers).claims).capolids.values, [id])
  })

  test('is a final result when it blocks access, without a challenge', async () => {
    put('block')
    const answer = await product.app().call(await signIn(alice.upn), list)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('www-authenticate'), null)
    const { isError, text } = toolResultOf(answer.text)
    assert.ok(isError)
    assert.match(text, /policies block this access.*AADSTS53003.*administrator.*will not help/)
  })
})

suite('a tool that asks for an authentication context', () => {
  const output = z.object({ done: z.boolean() })
  const tool = (name: string, ...access: Access[]) =>
    defineTool({
      name,
      description: 'Needs a stronger sign-in.',
      effect: 'reads',
      access: allOf(...access, authContext('c1')),
      downstream: arm,
      input: z.object({}),
      output,
      async run({ api }) {
        await api.get('/subscriptions?api-version=2022-12-01', z.object({}))
        return { done: true }
      },
    })
  const app = () =>
    product.app({
      tools: [
        tool('pay_bill', scope('cost.read')),
        tool('pay_debt', scopeOfAdministrators('cost.export')),
        tool('pay_all', scope('cost.read'), role('Cost.Exporter')),
      ],
    })
  const c1 = { acrs: { essential: true, value: 'c1' } }

  test('challenges before any exchange, and accepts the sign-in that follows', async () => {
    const served = app()
    const refused = await served.call(await signIn(alice.upn), 'pay_bill')
    assert.equal(refused.status, 401, refused.text)
    const challenge = challengeOf(refused.headers)
    assert.equal(challenge.error, 'insufficient_claims')
    assert.match(challenge.resource_metadata ?? '', /oauth-protected-resource\/mcp\/cost$/)
    assert.deepEqual(decoded(challenge.claims), c1)
    assert.equal(product.exchanges(), 0)

    const met = await signIn(alice.upn, decoded(challenge.claims))
    assert.deepEqual((await served.result(met, 'pay_bill')).data, { done: true })
    assert.equal(product.exchanges(), 1)
  })

  test('tells a client without cp1 in words, before any exchange', async () => {
    const answer = await app().call(await product.tokenOf(alice), 'pay_bill')
    assert.equal(answer.status, 200, answer.text)
    const { isError, text, meta } = toolResultOf(answer.text)
    assert.ok(isError)
    assert.match(text, /cp1.*sign out of this server/)
    assert.equal(meta?.claims, claimsOf(c1))
    assert.equal(product.exchanges(), 0)
  })

  for (const capability of ['cp1', 'CP1']) {
    test(`does not accept another context (${capability})`, async () => {
      const token = await product.tokenOf(alice, { claims: { acrs: ['c2'], xms_cc: [capability] } })
      assert.equal((await app().call(token, 'pay_bill')).status, 401)
    })
  }

  test('asks for the scope first, then for the context without losing the scope', async () => {
    const served = app()
    const first = await served.call(await signIn(alice.upn), 'pay_debt')
    assert.equal(challengeOf(first.headers).error, 'insufficient_scope')
    const both = [costRead, `${costResource}/cost.export`].join(' ')
    const second = await served.call(await signIn(alice.upn, {}, both), 'pay_debt')
    const { error, scope = '', claims } = challengeOf(second.headers)
    assert.equal(error, 'insufficient_claims')
    assert.deepEqual(new Set(scope.split(' ')), new Set(both.split(' ')))
    const met = await signIn(alice.upn, decoded(claims), scope)
    assert.equal((await served.result(met, 'pay_debt')).isError, false)
  })

  test('does not ask for a sign-in when a role is missing', async () => {
    const answer = await app().call(await signIn(bob.upn), 'pay_all')
    assert.equal(answer.status, 200)
    assert.match(toolResultOf(answer.text).text, /lacks the app role Cost\.Exporter/)
  })
})

test('docs/claims-challenge.md shows the client that these tests use', async () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
  const page = await read('../docs/claims-challenge.md')
  const [, shown] = /```ts\n(export class [\s\S]*?)```/.exec(page) ?? []
  const source = await read('support/claims-client.ts')
  assert.equal(shown, source.slice(source.indexOf('export class')))
})
