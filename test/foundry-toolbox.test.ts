/** The cost endpoint behind a Foundry toolbox, which is how a hosted agent calls it. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob, clients, subscriptions, type User } from '../local/seed.ts'
import { createToolbox, ToolboxError } from './support/foundry/toolbox.ts'
import { type HeaderChanges, toolResultOf } from './support/mcp-request.ts'
import { type Product, startProduct } from './support/product.ts'

const today = new Date('2026-11-21T10:00:00Z')
const consentLink = 'https://logic-apis-westeurope.consent.azure-apim.net/login?data=x'
const [production] = subscriptions

let product: Product
before(async () => {
  product = await startProduct({ today })
})
after(() => product.close())
beforeEach(() => product.reset())

const toolboxWith = (headers: HeaderChanges = {}, now = () => Date.now()) => {
  const app = product.app({ now })
  return createToolbox({ label: 'costs', server: app.send, consentLink, headers })
}
const tokenOf = (user: User, scopes = ['cost.read']) =>
  product.tokenOf(user, { client: clients.confidential.clientId, scopes })
const isToolboxError =
  (code: number, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ToolboxError)
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  }

suite('tools are listed and called, without initialize and without a ping', () => {
  const versions: [name: string, headers: HeaderChanges][] = [
    ['no MCP-Protocol-Version', {}],
    ...['2025-03-26', '2025-06-18', '2025-11-25'].map((version): [string, HeaderChanges] => [
      `MCP-Protocol-Version ${version}`,
      { 'mcp-protocol-version': version },
    ]),
  ]
  for (const [name, headers] of versions) {
    test(name, async () => {
      const toolbox = toolboxWith(headers)
      toolbox.consented(alice, await tokenOf(alice))
      const tools = await toolbox.list(alice)
      assert.deepEqual(
        tools.map((tool) => tool.name),
        [
          'costs___list_subscriptions',
          'costs___cost_by_service',
          'costs___compare_costs',
          'costs___cost_forecast',
          'costs___list_budgets',
          'costs___cost_export',
        ],
      )
      const { isError, data } = toolResultOf(
        await toolbox.call(alice, 'costs___cost_by_service', { scope: production?.id }),
      )
      assert.equal(isError, false)
      assert.equal(data?.currency, production?.currency)
      assert.deepEqual(toolbox.methods, ['tools/list', 'tools/call'])
    })
  }
})

test('each person consents once, and sees their own data through the one connection', async () => {
  const toolbox = toolboxWith()
  for (const user of [alice, bob]) {
    await assert.rejects(toolbox.list(user), isToolboxError(-32006, /CONSENT_REQUIRED.*\/login/))
    toolbox.consented(user, await tokenOf(user))
    await toolbox.list(user)
  }
  for (const user of [alice, bob]) {
    const own = subscriptions.filter(({ readers }) => readers.includes(user.oid))
    const { data } = toolResultOf(await toolbox.call(user, 'costs___list_subscriptions'))
    const shown = own.map(({ id, name }) => ({ id, name, state: 'Enabled' }))
    assert.deepEqual(data, { subscriptions: shown })
  }
})

suite('a token other than the user’s token for this API is refused in words', () => {
  const tokens: [name: string, token: () => Promise<string>, words: RegExp][] = [
    [
      'the agent’s own identity',
      () => product.tokenOf(alice, { appOnly: true }),
      /HTTP_403.*by itself/,
    ],
    [
      'the user’s token for Foundry itself',
      () => product.tokenOf(alice, { claims: { aud: 'https://ai.azure.com' } }),
      /HTTP_401.*aud is wrong: expected a0000000-.*Microsoft Foundry/,
    ],
  ]
  for (const [name, token, words] of tokens) {
    test(name, async () => {
      const toolbox = toolboxWith()
      toolbox.consented(alice, await token())
      await assert.rejects(toolbox.list(alice), isToolboxError(-32007, words))
    })
  }

  test('a scope that the connection does not ask for is 403, and other tools still work', async () => {
    const toolbox = toolboxWith()
    toolbox.consented(alice, await tokenOf(alice))
    const args = { scope: production?.id, month: '2026-10' }
    await assert.rejects(
      toolbox.call(alice, 'costs___cost_export', args),
      isToolboxError(-32007, /HTTP_403.*cost\.export/),
    )
    const { isError } = toolResultOf(await toolbox.call(alice, 'costs___list_subscriptions'))
    assert.equal(isError, false)
  })
})

suite('no call outlasts the 100 s after which Foundry gives up', () => {
  /** A clock that moves three seconds each time it is read, so that minutes pass at once. */
  function fastClock() {
    const started = Date.now()
    let time = started
    return {
      now: () => {
        time += 3_000
        return time
      },
      seconds: () => (time - started) / 1000,
    }
  }

  test('a report that is never ready answers where to look again', async () => {
    product.azure.admin.change({
      report: { polls: 10_000, retryAfterSeconds: 0, outcome: 'Completed' },
    })
    const clock = fastClock()
    const toolbox = toolboxWith({}, clock.now)
    toolbox.consented(alice, await tokenOf(alice, ['cost.read', 'cost.export']))
    const args = { scope: production?.id, month: '2026-10' }
    const { data } = toolResultOf(await toolbox.call(alice, 'costs___cost_export', args))
    assert.equal(data?.status, 'running')
    assert.ok(clock.seconds() < 100, `${clock.seconds()} s`)
  })

  test('a long Retry-After of the API is answered at once, not waited for', async () => {
    const fault = { at: 'subscriptions', kind: 'status', status: 429 } as const
    product.azure.admin.fail({ ...fault, retryAfterSeconds: 90 })
    const toolbox = toolboxWith()
    toolbox.consented(alice, await tokenOf(alice))
    const { isError, text } = toolResultOf(await toolbox.call(alice, 'costs___list_subscriptions'))
    assert.equal(isError, true)
    assert.match(text, /90/)
  })
})
