/** The transport from `@azure/data-tables` to the table: requests and answers are unchanged, and have a time limit. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { listen } from '../local/host/listen.ts'
import { outgoing } from '../shared/outgoing.ts'
import { transport } from '../shared/token-cache/transport.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void
let server: Awaited<ReturnType<typeof listen>>
before(async () => {
  server = await listen(
    createServer((request, response) => answer(request, response)),
    0,
  )
})
after(() => server.close())

const { sendRequest } = transport(outgoing(undefined))
const send = (asked: { body?: string; timeout?: number; abortSignal?: AbortSignal } = {}) =>
  sendRequest(
    createPipelineRequest({
      url: `http://127.0.0.1:${server.port}/table?x=1`,
      method: asked.body === undefined ? 'GET' : 'PUT',
      headers: createHttpHeaders({ 'if-match': 'W/"1"', 'Accept-Encoding': 'gzip,deflate' }),
      allowInsecureConnection: true,
      ...asked,
    }),
  )

suite('a request to the table', () => {
  test('arrives whole, and accepts no compression, since the transport does not decompress', async () => {
    const seen = Promise.withResolvers<unknown>()
    answer = async (request, response) => {
      const { method, url, headers } = request
      const names = [headers['if-match'], headers['accept-encoding']]
      seen.resolve({ method, url, names, body: await text(request) })
      response.end()
    }
    await send({ body: '{"é":1}' })
    const names = ['W/"1"', undefined]
    assert.deepEqual(await seen.promise, {
      method: 'PUT',
      url: '/table?x=1',
      names,
      body: '{"é":1}',
    })
  })

  for (const status of [200, 404, 412, 500]) {
    test(`returns ${status} with its headers and body, and does not throw`, async () => {
      answer = (_request, response) => response.writeHead(status, { etag: 'W/"2"' }).end('{"é":2}')
      const { status: got, headers, bodyAsText } = await send()
      assert.deepEqual([got, headers.get('etag'), bodyAsText], [status, 'W/"2"', '{"é":2}'])
    })
  }

  const slow: [what: string, answer: (response: ServerResponse) => unknown][] = [
    ['never answers', () => {}],
    ['never comes to its end', (response) => response.writeHead(200).write('{')],
  ]
  for (const [what, begin] of slow) {
    test(`is given up in time when it ${what}`, async () => {
      answer = (_request, response) => begin(response)
      await assert.rejects(send({ timeout: 50 }), { name: 'TimeoutError' })
    })
  }

  test('is given up when its sender aborts it', async () => {
    answer = () => {}
    const abortSignal = AbortSignal.timeout(50)
    await assert.rejects(send({ abortSignal }), { name: 'TimeoutError' })
  })

  test('fails when the connection is cut', async () => {
    answer = (request) => request.destroy()
    await assert.rejects(send(), { code: 'UND_ERR_SOCKET' })
  })
})
