import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { app, HttpResponse, output, trigger } from '@azure/functions'
import { type Sent, type Started, send, start } from '../../test/support/function-host.ts'

describe('requests', () => {
  let host: Started
  before(async () => {
    host = await start(() =>
      app.http('echo', {
        methods: ['GET', 'POST'],
        handler: async (incoming) => ({
          jsonBody: {
            url: incoming.url,
            method: incoming.method,
            headers: Object.fromEntries(incoming.headers),
            query: Object.fromEntries(incoming.query),
            body: await incoming.text(),
          },
        }),
      }),
    )
  })
  const echoed = async (...args: [string, string, Sent?]) =>
    JSON.parse((await send(host, ...args)).body)

  test('a body with a length arrives', async () => {
    const { body } = await echoed('POST', '/echo', {
      headers: { 'content-length': '5' },
      body: 'hello',
    })
    assert.equal(body, 'hello')
  })

  test('a chunked body arrives empty', async () => {
    const headers = { 'transfer-encoding': 'chunked' }
    assert.equal((await echoed('POST', '/echo', { headers, body: 'hello' })).body, '')
  })

  test('repeated query parameters are joined, ignoring case', async () => {
    const { query } = await echoed('GET', '/echo?a=1&A=2&b&c=x%20y')
    assert.deepEqual(query, { a: '1,2', b: '', c: 'x y' })
  })

  test('the URL is built from the Host header', async () => {
    const { url } = await echoed('GET', '/Echo?a=1', { headers: { host: 'mcp.contoso.example' } })
    assert.equal(url, 'http://mcp.contoso.example/Echo?a=1')
  })

  test('client headers pass, including unsigned principals; repeated ones are joined', async () => {
    const { headers } = await echoed('GET', '/echo', {
      headers: { 'x-ms-client-principal-id': 'mallory', authorization: ['Bearer a', 'Bearer b'] },
    })
    assert.equal(headers['x-ms-client-principal-id'], 'mallory')
    assert.equal(headers.authorization, 'Bearer a,Bearer b')
  })

  /** Of a request that says so much of its body and never sends it. */
  const statusOf = async (length: number) => {
    const headers = { 'content-length': String(length), expect: '100-continue' }
    const outgoing = request({ port: host.port, method: 'POST', path: '/echo', headers })
    outgoing.on('error', () => undefined).flushHeaders()
    const [response]: IncomingMessage[] = await once(outgoing, 'response')
    outgoing.destroy()
    return response?.statusCode
  }

  test('a body that ends early is logged in one line', async () => {
    const headers = { 'content-length': '10' }
    const outgoing = request({ port: host.port, method: 'POST', path: '/echo', headers })
    outgoing.on('error', () => undefined).write('half', () => outgoing.destroy())
    const line = 'error POST /echo: the body ended before its length'
    const deadline = Date.now() + 5_000
    while (host.logged.at(-1) !== line) {
      assert.ok(Date.now() < deadline, host.logged.at(-1))
      await setImmediate()
    }
  })

  test('a body over 100 MB, or over the setting’s limit, is a 500', async (t) => {
    assert.equal(await statusOf(100 * 1024 * 1024 + 1), 500)
    t.after(() => delete process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT)
    process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT = '2048'
    assert.equal(await statusOf(2049), 500)
    assert.equal(host.logged.at(-1), 'error POST /echo: the body has 2049 bytes, more than 2048')
    const body = 'x'.repeat(2048)
    const headers = { 'content-length': '2048' }
    assert.equal((await echoed('POST', '/echo', { headers, body })).body, body)
  })
})

describe('answers', () => {
  let host: Started
  before(async () => {
    host = await start(
      () => {
        app.http('throws', {
          handler: () => {
            throw new Error('secret reason')
          },
        })
        app.generic('nothing', {
          trigger: trigger.http({}),
          return: output.http({}),
          handler: () => undefined,
        })
        app.http('native', {
          handler: () => new Response('{}', { status: 201, headers: { 'x-a': 'b' } }),
        })
        app.http('never', { handler: () => new Promise(() => undefined) })
        app.http('streamed', {
          handler: () => ({ body: ReadableStream.from([Buffer.from('one '), Buffer.from('two')]) }),
        })
        app.http('cookies', {
          handler: () => {
            const response = new HttpResponse({
              cookies: [{ name: 'k', value: 'a b', httpOnly: true, sameSite: 'Lax' }],
            })
            response.headers.append('set-cookie', 'first=1')
            response.headers.append('set-cookie', 'second=2')
            return response
          },
        })
        app.http('off', { handler: () => ({ body: 'on' }) })
      },
      { functionTimeoutMs: 200 },
    )
  })

  test('a thrown error is an empty 500, and only the log has the reason', async () => {
    const { status, body } = await send(host, 'GET', '/throws')
    assert.deepEqual({ status, body }, { status: 500, body: '' })
    assert.match(host.logged.join('\n'), /error GET \/throws: Error: secret reason/)
  })

  test('a function that returns nothing is a 204', async () => {
    assert.equal((await send(host, 'GET', '/nothing')).status, 204)
  })

  test('a native Response is an answer, sent chunked', async () => {
    const { status, headers, body } = await send(host, 'GET', '/native')
    assert.deepEqual([status, headers['x-a'], body], [201, 'b', '{}'])
    assert.equal(headers['transfer-encoding'], 'chunked')
    assert.equal(headers['content-length'], undefined)
  })

  test('a stream is collected before it is sent', async () => {
    assert.equal((await send(host, 'GET', '/streamed')).body, 'one two')
  })

  test('a function that takes too long is a 500', async () => {
    assert.equal((await send(host, 'GET', '/never')).status, 500)
  })

  test('of several set-cookie headers only the last is sent; all cookies are', async () => {
    const { headers } = await send(host, 'GET', '/cookies')
    assert.deepEqual(headers['set-cookie'], ['second=2', 'k=a%20b; path=/; samesite=lax; httponly'])
  })

  test('a function that a setting disables is 404', async (t) => {
    process.env['AzureWebJobs.off.Disabled'] = 'true'
    t.after(() => delete process.env['AzureWebJobs.off.Disabled'])
    assert.equal((await send(host, 'GET', '/off')).status, 404)
  })

  test('the home page is served when no function matches /, unless it is disabled', async (t) => {
    assert.equal((await send(host, 'GET', '/')).status, 200)
    process.env.AzureWebJobsDisableHomepage = 'true'
    t.after(() => delete process.env.AzureWebJobsDisableHomepage)
    assert.equal((await send(host, 'GET', '/')).status, 204)
  })
})
