/** How much of an instance one user may take, so that other users do not notice. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob, clients, type User } from '../local/seed.ts'
import { Failure } from '../shared/failure.ts'
import { Secret } from '../shared/secret.ts'
import * as z from '../shared/zod.ts'
import { eventually } from './support/eventually.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { eras, initializeEra, toolResultOf } from './support/mcp-request.ts'
import { type Product, startProduct } from './support/product.ts'

const list = 'list_subscriptions'
let product: Product
/** Downstream requests that wait for an answer. */
let held: ServerResponse[] = []
const slow = createServer((_request, response) => {
  held.push(response)
})
const slowOrigin = () => {
  const address = slow.address()
  assert.ok(typeof address === 'object' && address)
  return `http://127.0.0.1:${address.port}`
}
const answerAll = () => {
  for (const response of held.splice(0)) response.end('{"value":[]}')
}
before(async () => {
  product = await startProduct()
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
})
after(() => {
  slow.close()
  slow.closeAllConnections()
  return product.close()
})
beforeEach(() => {
  held = []
  product.reset()
})

suite('calls per minute', () => {
  for (const [era, message] of eras) {
    test(`${era}: a call over the limit gets a result that says when to try again, and is logged`, async () => {
      const app = product.app({ settings: { RATE_LIMIT_PER_MINUTE: '2' } })
      const token = await product.tokenOf(alice)
      for (const _ of [1, 2]) {
        const { text } = await app.call(token, list, {}, message)
        assert.equal(toolResultOf(text).isError, false)
      }
      const answer = await app.call(token, list, {}, message)
      assert.equal(answer.status, 200)
      const { isError, text } = toolResultOf(answer.text)
      assert.ok(isError)
      assert.match(text, /too often\. Try again in 30 seconds\./)
      const record = JSON.parse(answer.log[0] ?? '{}')
      assert.deepEqual([record.outcome, record.tool, record.oid], ['rate_limited', list, alice.oid])
    })
  }

  test('are counted for each user and tool, across sessions', async () => {
    const app = product.app({ settings: { RATE_LIMIT_PER_MINUTE: '1' } })
    const isLimited = async (user: User, tool: string, client = clients.public) => {
      const token = await product.tokenOf(user, { client: client.clientId })
      const { text } = await app.result(token, tool)
      return /too often/.test(text)
    }
    assert.equal(await isLimited(alice, list), false)
    assert.equal(await isLimited(alice, list, clients.confidential), true)
    assert.equal(await isLimited(alice, 'cost_by_service'), false)
    assert.equal(await isLimited(bob, list), false)
  })

  test('a refused call costs neither an exchange nor a request', async () => {
    const app = product.app({ settings: { RATE_LIMIT_PER_MINUTE: '1' } })
    await app.call(await product.tokenOf(alice), list)
    assert.equal((await app.result(await product.tokenOf(alice), list)).isError, true)
    assert.equal(product.exchanges(), 1)
  })
})

suite('calls at the same time', () => {
  test('a user gets eight downstream calls, and another is served meanwhile', async () => {
    const app = product.app({ settings: { ARM_BASE_URL: slowOrigin() } })
    const [hers, his] = await Promise.all([product.tokenOf(alice), product.tokenOf(bob)])
    const herCalls = Array.from({ length: 20 }, () => app.result(hers, list))
    await eventually(() => assert.equal(held.length, 8))
    const his1 = app.result(his, list)
    await eventually(() => assert.equal(held.length, 9))
    held.pop()?.end('{"value":[]}')
    assert.equal((await his1).isError, false)
    assert.equal(held.length, 8)
    const done = Promise.all(herCalls)
    let most = 0
    const answering = setInterval(() => {
      most = Math.max(most, held.length)
      answerAll()
    }, 5)
    const results = await done.finally(() => clearInterval(answering))
    assert.ok(results.every(({ isError }) => !isError))
    assert.ok(most <= 8, `${most} at once`)
  })

  test('a user gets four exchanges, and another’s are made meanwhile', async () => {
    const waiting: (() => void)[] = []
    const [hers, his] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, () => product.tokenOf(alice))),
      product.tokenOf(bob),
    ])
    let hold = true
    const app = product.app({
      async fetch(input, init) {
        const assertion = new URLSearchParams(String(init?.body)).get('assertion')
        if (hold && hers.some((it) => it === assertion)) {
          await new Promise<void>((resolve) => waiting.push(resolve))
        }
        return fetch(input, init)
      },
    })
    const herCalls = hers.map((token) => app.result(token, list))
    await eventually(() => assert.equal(waiting.length, 4))
    assert.equal((await app.result(his, list)).isError, false)
    assert.equal(waiting.length, 4)
    hold = false
    for (const go of waiting) go()
    for (const call of herCalls) assert.equal((await call).isError, false)
  })

  test('a call that does not get its turn in time says why, and takes no place', async () => {
    const { createApi } = product.app().services
    const get = (deadline: number) =>
      createApi({
        ...{ name: 'ARM', baseUrl: slowOrigin(), user: 'alice', deadline },
        token: async () => new Secret('downstream token', 'a-token'),
        claimsChallenge: () => new Failure({ reason: 'token_missing' }),
        trace: { requestIds: [], retries: 0 },
        knownErrors: [],
      }).get('/things', z.unknown())
    const patient = Array.from({ length: 8 }, () => get(Date.now() + 60_000))
    await eventually(() => assert.equal(held.length, 8))
    const error = await get(Date.now() + 20).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Failure)
    assert.deepEqual(error.detail, { reason: 'too_many_at_once', what: 'downstream calls' })
    answerAll()
    await Promise.all(patient)
    assert.equal(held.length, 0)
  })
})

test('listing tools is not counted', async () => {
  const app = product.app({ settings: { RATE_LIMIT_PER_MINUTE: '1' } })
  const token = await product.tokenOf(alice)
  for (const _ of [1, 2, 3]) {
    const answer = await app.send(initializeEra({ method: 'tools/list', params: {} }), token)
    assert.equal(answer.status, 200)
  }
})

suite('a body that the host limits too', () => {
  const mebibyte = 1024 * 1024
  let host: HostedProduct
  before(async () => {
    host = await startHostedProduct()
  })
  after(() => host.close())

  const rows: [bytes: number, status: number, seenByApp: boolean][] = [
    [mebibyte + 1, 413, true],
    [2 * mebibyte, 413, true],
    [2 * mebibyte + 1, 500, false],
    [100 * mebibyte, 500, false],
  ]
  for (const [bytes, status, seenByApp] of rows) {
    test(`of ${bytes} bytes is ${status}${seenByApp ? '' : ', before it reaches the app'}`, async () => {
      const response = await headOf(host.endpoint, bytes)
      assert.equal(response.statusCode, status)
      // The host's own answers have no body; the app's are JSON.
      assert.equal(response.headers['content-type'] === 'application/json', seenByApp)
    })
  }

  /** The head of the answer; a body that the host refuses is not sent. */
  async function headOf(url: string, bytes: number): Promise<IncomingMessage> {
    const headers = { 'content-type': 'application/json', 'content-length': String(bytes) }
    const outgoing = request(url, { method: 'POST', headers })
    outgoing.on('error', () => {})
    if (bytes <= 2 * mebibyte) outgoing.end('x'.repeat(bytes))
    else outgoing.flushHeaders()
    const [response]: IncomingMessage[] = await once(outgoing, 'response')
    outgoing.destroy()
    assert.ok(response)
    return response
  }
})
