/** Arguments as clients send them: which are read leniently, which are dropped and named, and which are refused. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice } from '../local/seed.ts'
import { arm } from '../shared/downstreams.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import * as z from '../shared/zod.ts'
import { scope } from './support/permissions.ts'
import { type App, type Product, startProduct } from './support/product.ts'

const inputs = z.strictObject({
  subscription: z.string().min(1).describe('Which one'),
  groupBy: z.enum(['service', 'tag']).default('service').describe('How'),
  from: z.string().min(1).optional().describe('First day'),
  note: z.string().optional().describe('May be empty'),
  daily: z.boolean().default(false).describe('By day'),
  limit: z.int().max(1000).optional().describe('At most'),
  least: z.number().optional().describe('Amount'),
  names: z.array(z.string()).optional().describe('Of tags'),
})
const echo = (effect: 'reads' | 'writes', input: z.ZodObject = inputs) =>
  defineTool({
    name: effect === 'reads' ? 'echo_arguments' : 'write_arguments',
    description: 'Answers with the arguments that it was given.',
    effect,
    access: scope('cost.read'),
    downstream: arm,
    input,
    output: z.object({ given: z.record(z.string(), z.unknown()) }),
    run: async ({ input }) => ({ given: input }),
  })

let product: Product
let app: App
let token: string
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(async () => {
  product.reset()
  app = product.app({ tools: [echo('reads'), echo('writes')] })
  token = await product.tokenOf(alice)
})

const subscription = 'contoso'
const defaults = { subscription, groupBy: 'service', daily: false }

suite('read', () => {
  const read: [what: string, args: object, given: object][] = [
    [
      'null of everything optional',
      { groupBy: null, from: null, daily: null, limit: null, least: null, names: null },
      {},
    ],
    ['empty text of what cannot be empty', { groupBy: '', from: '', limit: '', daily: '' }, {}],
    ['empty text of what can be', { note: '' }, { note: '' }],
    ['numbers as text', { limit: '3', least: '-1.25' }, { limit: 3, least: -1.25 }],
    ['booleans as text', { daily: 'true' }, { daily: true }],
    ['a boolean as Python writes it', { daily: 'False' }, { daily: false }],
    [
      'text that looks like a number',
      { from: '2026', note: 'true' },
      { from: '2026', note: 'true' },
    ],
    [
      'Copilot Studio’s dates',
      { from: { $kind: 'DateTime', value: '2026-10-01' } },
      { from: '2026-10-01' },
    ],
    ['its empty ones', { from: { $kind: 'Blank', value: null } }, {}],
  ]
  for (const [what, args, given] of read) {
    test(`${what}: ${JSON.stringify(args)}`, async () => {
      for (const name of ['echo_arguments', 'write_arguments']) {
        const { data, more } = await app.result(token, name, { subscription, ...args })
        assert.deepEqual(data, { given: { ...defaults, ...given } })
        assert.deepEqual(more, [])
      }
    })
  }
})

suite('refused', () => {
  const refused: [what: string, args: object, problem: RegExp][] = [
    ['null of a required one', { subscription: null }, /subscription/],
    ['empty text of a required one', { subscription: '' }, /subscription/],
    ['text that is no number', { limit: '3 rows' }, /limit/],
    ['a number in another notation', { limit: '0x10' }, /limit/],
    ['a fraction where whole numbers go', { limit: '2.5' }, /limit/],
    ['a number as text out of bounds', { limit: '1001' }, /limit/],
    ['text that is no boolean', { daily: 'yes' }, /daily/],
    ['a number for a boolean', { daily: 1 }, /daily/],
    ['an object with more than a value', { from: { $kind: 'a', value: 'b', c: 1 } }, /from/],
    ['an object for a list', { names: { $kind: 'a', value: ['b'] } }, /names/],
  ]
  for (const [what, args, problem] of refused) {
    test(`${what}: ${JSON.stringify(args)}`, async () => {
      const { isError, text } = await app.result(token, 'echo_arguments', { subscription, ...args })
      assert.ok(isError)
      assert.match(text, problem)
    })
  }

  for (const name of [
    'GroupBy',
    'groupby',
    'group_by',
    'group-by',
    'groupBye',
    'grupBy',
    'gorupBy',
    'Limits',
    'form',
    'dayly',
  ]) {
    test(`${name}, which resembles a known name`, async () => {
      const { isError, text } = await app.result(token, 'echo_arguments', {
        subscription,
        [name]: 1,
      })
      assert.ok(isError)
      assert.match(text, new RegExp(`"${name}".*did you mean (groupBy|limit|from|daily)\\?`))
    })
  }

  test('any unknown name, by a tool that writes', async () => {
    const args = { subscription, toolCallId: 'call_1' }
    const { isError, text } = await app.result(token, 'write_arguments', args)
    assert.ok(isError)
    assert.match(text, /"toolCallId": this tool has no such argument/)
  })
})

suite('dropped and named', () => {
  test('unknown names, as n8n sends them', async () => {
    const args = { subscription, sessionId: 's', action: 'a', chatInput: 'c', toolCallId: 't' }
    const { isError, data, more } = await app.result(token, 'echo_arguments', args)
    assert.equal(isError, false)
    assert.deepEqual(data, { given: defaults })
    assert.deepEqual(more, [
      'Ignored, since this tool has no such arguments: "sessionId", "action", "chatInput", "toolCallId"',
    ])
  })

  test('at most ten names, of 64 characters each', async () => {
    const names = Array.from(
      { length: 5000 },
      (_, index) => `${'x'.repeat(60)}_${index}_${'y'.repeat(90)}`,
    )
    const args = { subscription, ...Object.fromEntries(names.map((name) => [name, 1])) }
    const { more } = await app.result(token, 'echo_arguments', args)
    assert.equal(more.length, 1)
    const shown = [...(more[0] ?? '').matchAll(/"([^"]*)"/g)].map(([, name]) => name)
    assert.deepEqual(
      shown,
      names.slice(0, 10).map((name) => name.slice(0, 64)),
    )
  })

  test('unknown names of a call that is refused for a missing one', async () => {
    const { isError, text } = await app.result(token, 'echo_arguments', { account: 'contoso' })
    assert.ok(isError)
    assert.match(text, /subscription: .*Ignored.*"account"/)
  })
})

suite('a published schema', () => {
  test('allows no other arguments, whether the tool’s own does or not', () => {
    const { inputSchema } = echo('reads', z.object({ a: z.string() }))
    assert.equal(inputSchema.additionalProperties, false)
  })

  const refused: [keyword: string, schema: z.ZodObject][] = [
    ['type', z.object({ a: z.union([z.string(), z.number()]) })],
    ['type', z.object({ a: z.string().nullable() })],
    ['anyOf', z.object({ a: z.union([z.string(), z.object({})]) })],
    ['oneOf', z.object({ a: z.discriminatedUnion('b', [z.object({ b: z.literal('c') })]) })],
    ['allOf', z.object({ a: z.string().meta({ allOf: [] }) })],
    ['format', z.object({ a: z.iso.date() })],
    ['format', z.object({ a: z.array(z.object({ b: z.guid() })) })],
    ['format', z.object({ a: z.url() })],
    ['pattern', z.object({ a: z.string().regex(new RegExp(`^${'x'.repeat(100)}$`)) })],
    ['type', z.object({ a: z.string().meta({ type: ['string', 'null'] }) })],
  ]
  for (const [keyword, schema] of refused) {
    const { properties } = z.toJSONSchema(schema)
    const short = JSON.stringify(properties).slice(0, 60)
    test(`with ${keyword} is refused by the tool’s name: ${short}`, () => {
      assert.throws(
        () => echo('reads', schema),
        new RegExp(`tool echo_arguments has ${keyword} in [ab],`),
      )
    })
  }

  test('that JSON Schema cannot say is refused by the tool’s name', () => {
    assert.throws(
      () => echo('reads', z.object({ a: z.date() })),
      /^Error: The input schema of the tool echo_arguments has a type that JSON does not have \(Date/,
    )
  })

  test('may have arguments that are named like keywords, date-times and short patterns', () => {
    echo(
      'reads',
      z.object({
        anyOf: z.string(),
        $ref: z.iso.datetime().optional(),
        format: z.string().regex(/^a$/),
      }),
    )
  })
})
