/** A tool with several APIs, content blocks, a signal and retries. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { alice } from '../local/seed.ts'
import { arm, graph } from '../shared/downstreams.ts'
import { defineTool, withContent } from '../shared/mcp/tool.ts'
import { scope } from './support/permissions.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => product.reset())

const common = {
  description: 'For a test.',
  effect: 'reads',
  access: scope('cost.read'),
  input: z.object({}),
} as const
const list = z.object({ value: z.array(z.unknown()) })
const me = z.object({ displayName: z.string() })

const countSubscriptions = defineTool({
  ...common,
  name: 'count_subscriptions',
  downstream: { arm, graph },
  input: z.object({ greet: z.boolean() }),
  output: z.object({ text: z.string() }),
  async run({ api, input }) {
    const { value } = await api.arm.get('/subscriptions', list, {
      query: { 'api-version': '2022-12-01' },
    })
    if (!input.greet) return { text: `${value.length}` }
    const { displayName } = await api.graph.get('/v1.0/me', me)
    return { text: `${displayName}: ${value.length}` }
  },
})

test('each of several APIs has its own token, exchanged at its first use', async () => {
  const app = product.app({ tools: [countSubscriptions] })
  const token = await product.tokenOf(alice)
  const call = (greet: boolean) => app.result(token, 'count_subscriptions', { greet })
  assert.deepEqual((await call(false)).data, { text: '3' })
  assert.equal(product.exchanges(), 1)
  assert.deepEqual((await call(true)).data, { text: 'Alice: 3' })
  assert.equal(product.exchanges(), 2)
})

test('content blocks follow the text of the data', async () => {
  const drawCosts = defineTool({
    ...{ ...common, name: 'draw_costs', downstream: arm },
    output: z.object({ total: z.number() }),
    run: async () => withContent({ total: 1 }, [{ type: 'text', text: 'Drawn.' }]),
  })
  const { text } = await product
    .app({ tools: [drawCosts] })
    .call(await product.tokenOf(alice), 'draw_costs')
  const { content, structuredContent } = JSON.parse(text).result
  assert.deepEqual(structuredContent, { total: 1 })
  assert.deepEqual(content, [
    { type: 'text', text: '{"total":1}' },
    { type: 'text', text: 'Drawn.' },
  ])
})

test('signal is aborted at the deadline, and not before', async (t) => {
  let begun: () => void
  const running = new Promise<void>((resolve) => {
    begun = resolve
  })
  let aborted = false
  const wait = defineTool({
    ...{ ...common, name: 'wait_long', downstream: arm },
    output: z.object({ aborted: z.boolean() }),
    run: ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true
          resolve({ aborted })
        })
        begun()
      }),
  })
  const app = product.app({ tools: [wait, countSubscriptions] })
  const token = await product.tokenOf(alice)
  // Keys are there, so that nothing else waits for a timer.
  await app.call(token, 'count_subscriptions', { greet: false })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const called = app.result(token, 'wait_long')
  await running
  t.mock.timers.tick(59_999)
  assert.equal(aborted, false)
  t.mock.timers.tick(1)
  assert.deepEqual((await called).data, { aborted: true })
})

test('retries stand in the audit line', async () => {
  const app = product.app({ tools: [countSubscriptions] })
  const fault = { at: 'subscriptions', kind: 'status', status: 503, retryAfterSeconds: 0 } as const
  product.azure.admin.fail({ ...fault, times: 2 })
  const { log } = await app.call(await product.tokenOf(alice), 'count_subscriptions', {
    greet: false,
  })
  const record = JSON.parse(log[0] ?? '{}')
  assert.equal(record.retries, 2)
  assert.equal(record.downstreamRequestIds.length, 3)
})

test('the API’s words about a refusal are in the audit line, and not in the answer', async () => {
  const app = product.app()
  const asked = { scope: '99999999-0000-4000-8000-000000000000' }
  const { log, text } = await app.call(await product.tokenOf(alice), 'cost_by_service', asked)
  assert.match(JSON.parse(log[0] ?? '{}').detail, /said The subscription '9.*could not be found/)
  assert.doesNotMatch(text, /could not be found/)
})
