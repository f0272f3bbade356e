/** The adapter to Azure Functions always answers, and gives a caller no detail of an unforeseen error. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { HttpRequest, type HttpRequestInit, InvocationContext } from '@azure/functions'
import * as z from 'zod'
import { azureFunction } from '../shared/http/azure-functions.ts'
import type { RequestHandler } from '../shared/http/request-handler.ts'

const url = 'http://localhost:7071/mcp/cost?x=1'
const answerSchema = z.object({
  status: z.number(),
  headers: z
    .union([z.array(z.tuple([z.string(), z.string()])), z.record(z.string(), z.string())])
    .transform((headers) => new Headers(headers)),
  body: z.string().optional(),
  jsonBody: z.unknown().optional(),
})

async function invoke(handle: RequestHandler, request: HttpRequestInit | HttpRequest = {}) {
  const log: string[] = []
  const context = new InvocationContext({
    functionName: 'cost',
    invocationId: 'i',
    logHandler: (_level, ...words) => log.push(words.join(' ')),
  })
  const sent =
    request instanceof HttpRequest
      ? request
      : new HttpRequest({ url, method: 'POST', body: { string: '{}' }, ...request })
  return { ...answerSchema.parse(await azureFunction(handle)(sent, context)), log }
}

suite('a request', () => {
  test('has the caller’s method, URL, headers and body', async () => {
    const headers = { 'content-type': 'application/json', 'x-odd': 'a, b' }
    await invoke(
      async (request, { body }) => {
        assert.equal(request.method, 'POST')
        assert.equal(request.url, url)
        assert.equal(request.headers.get('content-type'), 'application/json')
        assert.equal(request.headers.get('x-odd'), 'a, b')
        assert.equal(body, '{"é":1}')
        return new Response()
      },
      { headers, body: { string: '{"é":1}' } },
    )
  })

  for (const method of ['GET', 'HEAD']) {
    test(`${method} has no body to read`, async () => {
      const read: RequestHandler = (_request, { body }) => Response.json(body)
      const answer = await invoke(read, new HttpRequest({ url, method }))
      assert.equal(answer.status, 200)
      assert.equal(answer.body, '""')
    })
  }

  test('is answered even when it cannot be read', async () => {
    const broken = new HttpRequest({ url, method: 'POST', body: { string: 'x' } })
    await broken.text()
    assert.equal((await invoke(() => new Response(), broken)).status, 500)
  })
})

suite('an answer', () => {
  test('has the handler’s status, headers and body', async () => {
    const headers = { 'www-authenticate': 'Bearer scope="a b"', 'x-odd': 'ä' }
    const answer = await invoke(() => new Response('{"a":1}', { status: 401, headers }))
    assert.equal(answer.status, 401)
    assert.equal(answer.body, '{"a":1}')
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer scope="a b"')
    assert.equal(answer.headers.get('x-odd'), 'ä')
  })

  test('has no body when the handler gives none', async () => {
    const answer = await invoke(() => new Response(null, { status: 204 }))
    assert.equal(answer.status, 204)
    assert.ok(!answer.body)
  })

  test('does not hold back the handler’s log lines', async () => {
    const { log } = await invoke((_request, { log }) => {
      log('a line', 'information')
      return new Response()
    })
    assert.deepEqual(log, ['a line'])
  })
})

suite('an unforeseen error', () => {
  const detail = 'connection string of the table'
  const unhappy: [what: string, handle: RequestHandler][] = [
    ['an error', () => Promise.reject(new Error(detail))],
    ['an error, at once', thrower(new TypeError(detail))],
    ['an error with a cause', () => Promise.reject(new Error('x', { cause: new Error(detail) }))],
    ['a string', () => Promise.reject(detail)],
    ['nothing', () => Promise.reject(undefined)],
    ['null', () => Promise.reject(null)],
    ['an object', () => Promise.reject({ detail })],
    [
      'a body that breaks',
      () => new Response(new ReadableStream({ pull: thrower(Error(detail)) })),
    ],
    ['an answer already read', readTwice],
  ]
  for (const [what, handle] of unhappy) {
    test(`${what} is 500 with a reference and no detail, and the log has it`, async () => {
      const answer = await invoke(handle)
      assert.equal(answer.status, 500)
      const { error, reference } = body.parse(answer.jsonBody)
      assert.equal(error, 'server_error')
      assert.ok(!JSON.stringify(answer.jsonBody).includes(detail))
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.equal(answer.log.length, 1)
      const record: unknown = JSON.parse(answer.log[0] ?? '')
      assert.partialDeepStrictEqual(record, { reference, status: 500 })
    })
  }

  test('has its message and stack in the log', async () => {
    const { log } = await invoke(() => Promise.reject(new Error(detail)))
    assert.match(log.join(), new RegExp(detail))
    assert.match(log.join(), /azure-functions\.test/)
  })

  test('has its cause in the log', async () => {
    const { log } = await invoke(() =>
      Promise.reject(new Error('outside', { cause: new Error(detail) })),
    )
    assert.match(log.join(), new RegExp(detail))
  })
})

const body = z.strictObject({
  error: z.string(),
  error_description: z.string(),
  reference: z.uuid(),
})

function thrower(error: Error) {
  return () => {
    throw error
  }
}

async function readTwice() {
  const response = new Response('x')
  await response.text()
  return response
}
