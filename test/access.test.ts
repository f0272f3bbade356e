/** What tools may demand of a caller, put together from scopes and app roles, and how each lack is answered. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import * as z from 'zod'
import { alice, clients } from '../local/seed.ts'
import { arm } from '../shared/downstreams.ts'
import { type Access, allOf, anyOf } from '../shared/mcp/access.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { costResource } from './support/entra-client.ts'
import { challengeOf, toolResultOf } from './support/mcp-request.ts'
import { role, scope, scopeOfAdministrators } from './support/permissions.ts'
import { type App, type Product, startProduct } from './support/product.ts'

const toolWith = (name: string, access: Access) =>
  defineTool({
    name,
    description: 'Does nothing.',
    effect: 'reads',
    access,
    downstream: arm,
    input: z.object({}),
    output: z.object({}),
    run: async () => ({}),
  })
const tools = [
  toolWith('with_legacy', scope('Runtime.Read', ['user_impersonation'])),
  toolWith('with_both', allOf(scope('a.read'), scope('b.read'))),
  toolWith('with_either', anyOf(scope('a.read'), allOf(scope('c.read'), role('Reader')))),
  toolWith('with_role', allOf(scope('a.read'), role('Reader'), role('Auditor'))),
  toolWith('with_admin', scopeOfAdministrators('d.write')),
]

let product: Product
let app: App
before(async () => {
  product = await startProduct()
  app = product.app({ tools })
})
after(() => product.close())

type Held = { scp: string; roles?: string[] }
const call = async (tool: string, { scp, roles = [] }: Held) =>
  app.call(await product.tokenOf(alice, { claims: { scp, roles } }), tool)

const served: [tool: string, held: Held][] = [
  ['with_legacy', { scp: 'Runtime.Read' }],
  ['with_legacy', { scp: 'user_impersonation' }],
  ['with_both', { scp: 'b.read a.read' }],
  ['with_either', { scp: 'a.read' }],
  ['with_either', { scp: 'c.read', roles: ['Reader'] }],
  ['with_role', { scp: 'a.read', roles: ['Auditor', 'Reader', 'Other'] }],
]
for (const [tool, held] of served) {
  test(`${tool} serves ${JSON.stringify(held)}`, async () => {
    const { status, text } = await call(tool, held)
    assert.equal(status, 200, text)
    assert.equal(toolResultOf(text).isError, false)
  })
}

suite('a missing scope is asked for with all scopes of the tool', () => {
  const asked: [tool: string, held: Held, scopes: string[]][] = [
    ['with_legacy', { scp: 'other' }, ['Runtime.Read']],
    ['with_both', { scp: 'a.read' }, ['a.read', 'b.read']],
    ['with_both', { scp: 'other' }, ['a.read', 'b.read']],
    ['with_role', { scp: 'other', roles: ['Reader', 'Auditor'] }, ['a.read']],
    ['with_admin', { scp: 'a.read' }, ['d.write']],
  ]
  for (const [tool, held, scopes] of asked) {
    test(`${tool}, ${JSON.stringify(held)}`, async () => {
      const { status, headers } = await call(tool, held)
      assert.equal(status, 403)
      const { error, scope } = challengeOf(headers)
      assert.equal(error, 'insufficient_scope')
      assert.deepEqual(
        scope?.split(' '),
        scopes.map((it) => `${costResource}/${it}`),
      )
    })
  }
})

suite('a missing role is named, and nothing asked for', () => {
  const named: [held: Held, roles: RegExp][] = [
    [{ scp: 'a.read' }, /app role Reader and Auditor/],
    [{ scp: 'a.read', roles: ['Reader'] }, /app role Auditor/],
    [{ scp: 'other', roles: ['Auditor'] }, /app role Reader/],
    [{ scp: 'a.read', roles: ['reader', 'AUDITOR'] }, /app role Reader and Auditor/],
  ]
  for (const [held, roles] of named) {
    test(JSON.stringify(held), async () => {
      const { status, headers, text } = await call('with_role', held)
      assert.equal(status, 200)
      assert.equal(headers.get('www-authenticate'), null)
      assert.match(toolResultOf(text).text, roles)
    })
  }
})

test('a client is told at sign-in of the scopes that a user may consent to, by their one name', async () => {
  const url = `${costResource}/metadata`
  const { scopes_supported } = z
    .object({ scopes_supported: z.array(z.string()) })
    .parse(JSON.parse((await app.metadata(new Request(url))).text))
  const short = scopes_supported.map((it) => it.slice(costResource.length + 1))
  assert.deepEqual(short, ['Runtime.Read', 'a.read', 'b.read', 'c.read'])
})

test('an allowed client is not asked for more than that', async () => {
  const strict = product.app({
    tools,
    settings: {
      ENTRA_ALLOWED_CLIENTS: `${clients.confidential.clientId},${clients.public.clientId}`,
    },
  })
  const token = await product.tokenOf(alice, { claims: { scp: 'a.read' } })
  assert.equal((await strict.call(token, 'with_either')).status, 200)
})
