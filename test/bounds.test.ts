/** Answers and log lines repeat little of a request, however long its values are. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { alice } from '../local/seed.ts'
import { eras, type HeaderChanges, rpcErrorOf } from './support/mcp-request.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
let token: string
before(async () => {
  product = await startProduct()
  token = await product.tokenOf(alice)
})
after(() => product.close())

const long = 'x'.repeat(300_000)
const longHeader = 'x'.repeat(8_000)
const version = 'io.modelcontextprotocol/protocolVersion'
type Body = { id: unknown; method: string; params: Record<string, unknown> & { _meta?: object } }
type Change = { body?: (body: Body) => void; headers?: HeaderChanges }

/** `field`: the one that the answer names; none where the SDK answers, or the field is not read. */
const rows: [what: string, change: Change, field?: string][] = [
  ['id', { body: (body) => Object.assign(body, { id: long }) }, 'id'],
  ['method', { body: (body) => Object.assign(body, { method: long }) }, 'method'],
  ['tool', { body: ({ params }) => Object.assign(params, { name: long }) }, 'params.name'],
  [
    'protocol version',
    {
      body: ({ params }) => Object.assign(params, { _meta: { ...params._meta, [version]: long } }),
    },
    'protocolVersion',
  ],
  [
    'protocol version, in a header',
    { headers: { 'mcp-protocol-version': longHeader } },
    'mcp-protocol-version',
  ],
  ['method, in a header', { headers: { 'mcp-method': longHeader } }, 'mcp-method'],
  ['tool, in a header', { headers: { 'mcp-name': longHeader } }, 'mcp-name'],
  ['origin', { headers: { origin: `https://${longHeader}` } }],
  ['content type', { headers: { 'content-type': longHeader } }],
  ['accept', { headers: { accept: longHeader } }],
  [
    'name of an argument',
    { body: ({ params }) => Object.assign(params, { arguments: { [long]: 1 } }) },
  ],
  ['name of a field', { body: (body) => Object.assign(body, { [long]: 1 }) }],
  ['arguments', { body: ({ params }) => Object.assign(params, { arguments: long }) }],
  [
    'argument',
    {
      body: ({ params }) =>
        Object.assign(params, { name: 'cost_by_service', arguments: { period: long } }),
      headers: { 'mcp-name': 'cost_by_service' },
    },
  ],
]

for (const [era, request] of eras) {
  suite(era, () => {
    const requestOf = async ({ body: change, headers = {} }: Change) => {
      const params = { name: 'list_subscriptions', arguments: {} }
      const made = request({ method: 'tools/call', params }, headers)
      const body = JSON.parse(await made.text())
      change?.(body)
      return new Request(made.url, {
        method: 'POST',
        headers: made.headers,
        body: JSON.stringify(body),
      })
    }

    for (const [what, change, field] of rows) {
      test(`a long ${what} is not repeated`, async () => {
        const answer = await product.app().send(await requestOf(change), token)
        assert.ok(answer.text.length < 4_000, `${answer.text.length} characters`)
        assert.ok(answer.log.join().length < 4_000)
        if (!field) return
        assert.equal(answer.status, 400)
        const { code, message } = rpcErrorOf(answer.text)
        assert.equal(code, -32600)
        assert.match(message, new RegExp(`^${field} may have \\d+ characters at most$`))
      })
    }

    test('a long id is not repeated to a caller without a token', async () => {
      const change = { body: (body: Body) => Object.assign(body, { id: long }) }
      for (const bearer of [undefined, 'not.a.token']) {
        const { status, text } = await product.app().send(await requestOf(change), bearer)
        assert.equal(status, 401)
        assert.equal(JSON.parse(text).id, null)
      }
    })
  })
}
