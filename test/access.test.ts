/** What tools may require of a caller, by scopes and app roles, and the answer to each missing one. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import * as z from 'zod'
import { alice, clients } from '../local/seed.ts'
import { arm } from '../shared/downstreams.ts'
import { type Access, actor, allOf, anyOf, notBy } from '../shared/mcp/access.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { auditRecordOf } from './support/audit-record.ts'
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
  toolWith('for_agents', allOf(scope('a.read'), actor('agent'))),
  toolWith('for_people', allOf(scope('a.read'), notBy('agent'))),
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

suite('a missing role is named, without a challenge', () => {
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

test('metadata lists the scopes that a user may consent to, each by one name', async () => {
  const url = `${costResource}/metadata`
  const { scopes_supported } = z
    .object({ scopes_supported: z.array(z.string()) })
    .parse(JSON.parse((await app.metadata(new Request(url))).text))
  const short = scopes_supported.map((it) => it.slice(costResource.length + 1))
  assert.deepEqual(short, ['Runtime.Read', 'a.read', 'b.read', 'c.read'])
})

test('a client on the allow-list needs no further scope', async () => {
  const strict = product.app({
    tools,
    settings: {
      ENTRA_ALLOWED_CLIENTS: `${clients.confidential.clientId},${clients.public.clientId}`,
    },
  })
  const token = await product.tokenOf(alice, { claims: { scp: 'a.read' } })
  assert.equal((await strict.call(token, 'with_either')).status, 200)
})

suite('agents and people', () => {
  const agents: [who: string, facets: Record<string, unknown>][] = [
    ['an agent that acts for a user', { xms_act_fct: '3 11', xms_par_app_azp: randomUUID() }],
    ['the account of an agent', { xms_sub_fct: '13', idtyp: 'user' }],
    ['an agent, its facet as a number', { xms_act_fct: 11 }],
  ]
  const unclear: [who: string, facets: Record<string, unknown>][] = [
    ['a client with a blueprint behind it', { xms_par_app_azp: randomUUID() }],
    ['a facet that Entra does not write', { xms_act_fct: ['11'] }],
  ]
  const people: [who: string, facets: Record<string, unknown>][] = [
    ['a person', {}],
    ['a person, with facets of something else', { xms_act_fct: '1', xms_sub_fct: '111 3' }],
  ]
  const answered = async (tool: string, facets: Record<string, unknown>, scp = 'a.read') => {
    const token = await product.tokenOf(alice, { claims: { scp, ...facets } })
    return app.call(token, tool)
  }
  const isServed = async (tool: string, facets: Record<string, unknown>) =>
    !toolResultOf((await answered(tool, facets)).text).isError

  for (const [who, facets] of agents) {
    test(`${who} may call what is for agents, and not what is for people`, async () => {
      assert.ok(await isServed('for_agents', facets))
      assert.ok(!(await isServed('for_people', facets)))
    })
  }
  for (const [who, facets] of unclear) {
    test(`${who} may call neither`, async () => {
      assert.ok(!(await isServed('for_agents', facets)))
      assert.ok(!(await isServed('for_people', facets)))
    })
  }
  for (const [who, facets] of people) {
    test(`${who} may call what is for people, and not what is for agents`, async () => {
      assert.ok(!(await isServed('for_agents', facets)))
      assert.ok(await isServed('for_people', facets))
    })
  }

  test('an agent is refused in words, without a challenge, and the log has both identities', async () => {
    const blueprint = randomUUID()
    const facets = { xms_act_fct: '11', xms_par_app_azp: blueprint }
    const { status, text, headers, log } = await answered('for_people', facets, 'other')
    assert.equal(status, 200)
    assert.equal(headers.get('www-authenticate'), null)
    assert.match(toolResultOf(text).text, /^No agent may call this tool/)
    assert.partialDeepStrictEqual(auditRecordOf(log[0] ?? ''), {
      ...{ outcome: 'actor_refused', detail: 'wanted no agent', oid: alice.oid },
      ...{ azp: clients.public.clientId, ...facets },
    })
    const person = await answered('for_agents', {})
    assert.match(toolResultOf(person.text).text, /^Only an agent may call this tool/)
  })
})
