/** The log: one line a call, enough to find what happened, and nothing of what was said. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { alice, armClientId, bob, clients, subscriptions, tenantId } from '../local/seed.ts'
import { arm } from '../shared/downstreams.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { initializeEra, refusalOf } from './support/mcp-request.ts'
import { scope } from './support/permissions.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => product.reset())

const record = z.strictObject({
  reference: z.uuid(),
  outcome: z.string(),
  endpoint: z.string(),
  status: z.number().optional(),
  tool: z.string().optional(),
  tid: z.string().optional(),
  oid: z.string().optional(),
  azp: z.string().optional(),
  detail: z.string().optional(),
  downstreamRequestIds: z.array(z.string()).optional(),
  milliseconds: z.number(),
})
const recordsOf = (log: string[]) => log.map((line) => record.parse(JSON.parse(line)))
const onlyRecordOf = (log: string[]) => {
  const [first, ...others] = recordsOf(log)
  assert.ok(first)
  assert.deepEqual(others, [])
  return first
}
const who = { tid: tenantId, oid: alice.oid, azp: clients.public.clientId }

test('a call that went well: who, through what, which tool, and how long', async () => {
  const { log } = await product.app().call(await product.tokenOf(alice), 'list_subscriptions')
  const { outcome, tool, endpoint, tid, oid, azp, detail } = onlyRecordOf(log)
  assert.deepEqual(
    { outcome, tool, endpoint },
    { outcome: 'ok', tool: 'list_subscriptions', endpoint: 'cost' },
  )
  assert.deepEqual({ tid, oid, azp }, who)
  assert.equal(detail, undefined)
})

test('a list is not worth a line', async () => {
  const request = initializeEra({ method: 'tools/list' })
  assert.deepEqual((await product.app().send(request, await product.tokenOf(alice))).log, [])
})

suite('a call that did not: why, under the reference that the caller has', () => {
  const scopeArgument = { scope: subscriptions[0]?.id }
  type Call = { scopes?: string[]; tool?: string; args?: object; prepare?: () => void }
  const withdraw = () =>
    product.entra.admin.removeGrants({ client: clients.api.clientId, resource: armClientId })
  const out = () =>
    product.entra.admin.addFault({ on: 'on_behalf_of', kind: 'status', status: 429 })
  const calls: [outcome: string, call: Call, status: number | undefined][] = [
    ['scope_missing', { scopes: ['other'] }, 403],
    ['app_role_missing', { tool: 'cost_export', scopes: ['cost.export'] }, undefined],
    [
      'arguments_refused',
      { tool: 'cost_by_service', args: { scope: '../secret-place' } },
      undefined,
    ],
    ['consent_required', { prepare: withdraw }, undefined],
    ['entra_unreachable', { prepare: out }, 503],
    ['downstream_refused', { tool: 'cost_by_service', args: scopeArgument }, undefined],
  ]
  for (const [outcome, { scopes, tool = 'list_subscriptions', args, prepare }, status] of calls) {
    test(outcome, async () => {
      prepare?.()
      const token = await product.tokenOf(bob, scopes ? { scopes } : {})
      const { log, text } = await product.app().call(token, tool, args)
      const line = onlyRecordOf(log)
      assert.deepEqual([line.outcome, line.tool, line.status], [outcome, tool, status])
      assert.equal(line.oid, bob.oid)
      assert.ok(text.includes(line.reference))
      assert.doesNotMatch(log.join(), /\n| at |secret-place|contoso\.example|"bob"|eyJ/i)
    })
  }

  test('token_refused, with nobody’s name: who it says it is was not proved', async () => {
    const token = await product.tokenOf(alice, { key: 'foreign' })
    const { log, text } = await product.app().call(token, 'list_subscriptions')
    const { outcome, oid, reference, status } = onlyRecordOf(log)
    assert.deepEqual(
      { outcome, oid, status },
      { outcome: 'token_refused', oid: undefined, status: 401 },
    )
    assert.equal(refusalOf(text).reference, reference)
  })
})

suite('what nobody foresaw', () => {
  const told = 'what the library said'
  const output = z.object({ id: z.string() })
  const toolOf = (run: () => Promise<z.input<typeof output>>) =>
    defineTool({
      name: 'break_down',
      description: 'Breaks.',
      effect: 'reads',
      access: scope('cost.read'),
      downstream: arm,
      input: z.object({}),
      output,
      run,
    })
  const broken = [
    ['an error in a tool', toolOf(() => Promise.reject(new Error(told)))],
    ['a result that is not as declared', toolOf(async () => JSON.parse('{"id":7}'))],
  ] as const
  for (const [what, tool] of broken) {
    test(`${what}: 500 that says nothing of it, and one line that says all`, async () => {
      const app = product.app({ tools: [tool] })
      const { status, text, log } = await app.call(await product.tokenOf(alice), tool.name)
      assert.equal(status, 500)
      const { error, code, id, reference } = refusalOf(text)
      assert.deepEqual([error, code, id], ['server_error', 500, 1])
      assert.doesNotMatch(text, /library|expected|string/)
      const line = onlyRecordOf(log)
      assert.deepEqual([line.outcome, line.status, line.tool], ['unforeseen', 500, tool.name])
      assert.deepEqual([line.reference, line.oid], [reference, alice.oid])
      assert.match(line.detail ?? '', /\n {4}at /)
    })
  }
})
