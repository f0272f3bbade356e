/** The downstream client against a server of a test's own: what is sent, what is sent again, what is made of an answer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import type { Api } from '../shared/downstream/api.ts'
import { downstreamClient } from '../shared/downstream/client.ts'
import { Failure } from '../shared/failure.ts'
import { Secret } from '../shared/secret.ts'

let answer: RequestListener
let heard: { method: string; path: string; headers: IncomingHttpHeaders; body: string }[] = []
let base = ''
const server = createServer(async (request, response) => {
  const chunks = await request.toArray()
  const { method = '', url = '', headers } = request
  heard.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() })
  answer(request, response)
})
before(async () => {
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  base = `http://localhost:${address.port}/base`
})
after(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  heard = []
  answer = (_request, response) => response.end('{}')
})

const signIn = downstreamClient({ now: Date.now })
const apiOf = (): Api =>
  signIn({
    name: 'Things',
    baseUrl: base,
    token: async () => new Secret('downstream token', 'secret-token'),
    deadline: Date.now() + 20_000,
    claimsDemand: () => new Failure({ reason: 'token_missing' }),
    onRequestId: () => {},
  })
const anything = z.unknown()
const failureOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => assert.fail('it was answered'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof Failure, String(error))
  return error
}

type Call = (api: Api) => Promise<unknown>
const reading: Record<string, Call> = {
  GET: (api) => api.get('/things', anything),
  'a POST that reads': (api) => api.post('/query', {}, anything, { reads: true }),
  'a look at an operation': (api) => api.poll('/operations/1', anything),
}
const writing: Record<string, Call> = {
  POST: (api) => api.post('/things', {}, anything),
  'the begin of an operation': (api) => api.begin('/things', {}, anything),
}

suite('what is sent again', () => {
  const send = async (call: Call, first: RequestListener) => {
    answer = (request, response) => {
      if (heard.length === 1) first(request, response)
      else response.writeHead(200).end('{}')
    }
    await call(apiOf()).catch(() => {})
    return heard.length > 1
  }
  const outcomes: [what: string, first: RequestListener, reads: boolean, writes: boolean][] = [
    ...[400, 401, 403, 404, 408, 409, 412, 425, 500, 501, 502, 504].map(
      (status): [string, RequestListener, boolean, boolean] => [
        `${status}`,
        (_request, response) => response.writeHead(status, { 'retry-after': '0' }).end('{}'),
        false,
        false,
      ],
    ),
    ['429', (_, response) => response.writeHead(429, { 'retry-after': '0' }).end(), true, true],
    ['503', (_, response) => response.writeHead(503, { 'retry-after': '0' }).end(), true, false],
    ['a reset', (request) => request.socket.destroy(), false, false],
    [
      'half of an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => {
          response.socket?.destroy()
        })
      },
      false,
      false,
    ],
  ]
  for (const [what, first, reads, writes] of outcomes) {
    for (const [name, call] of Object.entries(reading)) {
      test(`${name}, ${what}: ${reads ? 'again' : 'once'}`, async () => {
        assert.equal(await send(call, first), reads)
      })
    }
    for (const [name, call] of Object.entries(writing)) {
      test(`${name}, ${what}: ${writes ? 'again' : 'once'}`, async () => {
        assert.equal(await send(call, first), writes)
      })
    }
  }

  test('a reset of a connection that was kept open: a write is not sent again either', async () => {
    const api = apiOf()
    await api.get('/things', anything)
    answer = (request) => request.socket.destroy()
    await failureOf(api.post('/things', {}, anything))
    assert.equal(heard.length, 2)
  })
})

suite('headers', () => {
  test('those of the list are sent', async () => {
    await apiOf().get('/things', anything, {
      headers: { ClientType: 'ours', ConsistencyLevel: 'eventual', Prefer: 'wait=1' },
    })
    const [request] = heard
    assert.equal(request?.headers.clienttype, 'ours')
    assert.equal(request?.headers.consistencylevel, 'eventual')
    assert.equal(request?.headers.prefer, 'wait=1')
  })

  test('no other is, whatever a variable holds', async () => {
    const headers = {
      ...{ Prefer: 'x', authorization: 'Bearer mine', Authorization: 'Bearer mine' },
      ...{ host: 'evil.example', cookie: 'a=b', accept: 'text/html', 'x-forwarded-for': '1.2.3.4' },
    }
    await apiOf().get('/things', anything, { headers })
    const [request] = heard
    assert.equal(request?.headers.authorization, 'Bearer secret-token')
    assert.equal(request?.headers.accept, 'application/json')
    assert.match(request?.headers.host ?? '', /^localhost:/)
    assert.equal(request?.headers.cookie, undefined)
    assert.equal(request?.headers['x-forwarded-for'], undefined)
  })

  test('a value that would begin another header is not sent', async () => {
    await failureOf(
      apiOf().get('/things', anything, { headers: { Prefer: 'a\r\nauthorization: Bearer mine' } }),
    )
    assert.equal(heard.length, 0)
  })
})

suite('an answer', () => {
  const thing = z.object({ id: z.string() })
  const rows: [what: string, status: number, body: string, value: unknown][] = [
    ['a body', 200, '{"id":"1"}', { id: '1' }],
    ['204: nothing, if the schema takes it', 204, '', undefined],
    ['an empty 200 is not nothing', 200, '', 'failed'],
    ['nor is a page of HTML', 200, '<p>', 'failed'],
    ['nor half of a body', 200, '{"id":', 'failed'],
    ['null is not nothing either', 200, 'null', 'failed'],
  ]
  for (const [what, status, body, expected] of rows) {
    test(what, async () => {
      answer = (_request, response) => response.writeHead(status).end(body)
      const asked = apiOf().get('/things', thing.optional())
      if (expected !== 'failed') assert.deepEqual(await asked, expected)
      else assert.equal((await failureOf(asked)).detail.reason, 'downstream_failed')
    })
  }

  test('204 is a failure where the schema wants something', async () => {
    answer = (_request, response) => response.writeHead(204).end()
    assert.equal(
      (await failureOf(apiOf().get('/things', thing))).detail.reason,
      'downstream_failed',
    )
  })
})

test('query parameters are added to the path’s own, encoded', async () => {
  await apiOf().get('/things?api-version=1', anything, {
    query: { $filter: "name eq 'a&b'", $top: 5, $skip: undefined },
  })
  assert.equal(heard[0]?.path, '/base/things?api-version=1&$filter=name%20eq%20%27a%26b%27&$top=5')
})
