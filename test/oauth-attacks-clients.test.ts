/**
 * Attacks on the authorization server by clients that are not what they say: redirect URIs (RFC 9700 §4.1), dynamic
 * registration (RFC 7591 §5), and client id metadata documents (draft-ietf-oauth-client-id-metadata-document, MCP
 * security best practices "Server-Side Request Forgery").
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { after, before, suite, type TestContext, test } from 'node:test'
import { buildConnector } from 'undici'
import { isPublic, publicGet } from '../shared/oauth/public-get.ts'
import {
  authorizeUrl,
  type OAuthApp,
  oauthApp,
  registeredClient,
  signedIn,
  startOAuth,
} from './support/oauth-app.ts'

let parts: Awaited<ReturnType<typeof startOAuth>>
let at: OAuthApp
before(async () => {
  parts = await startOAuth()
  at = oauthApp(parts.environment)
})
after(() => parts.close())

const register = (redirect_uris: unknown, more = {}) =>
  at.json('/oauth/register', { redirect_uris, ...more })

suite('redirect URIs as real clients register them', () => {
  const real: string[][] = [
    [
      'https://vscode.dev/redirect',
      'https://insiders.vscode.dev/redirect',
      'http://127.0.0.1/',
      'http://127.0.0.1:33418/',
    ],
    [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ],
    ['http://localhost/callback', 'http://127.0.0.1/callback'],
    ['claude://claude.ai/mcp-auth-callback/sdk'],
    ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
    ['https://chatgpt.com/connector/oauth/abc123'],
    ['https://global.consent.azure-apim.net/redirect/cr123-5fmcp-20server-5f0123'],
    ['vscode://saoudrizwan.claude-dev/mcp-auth/callback/abcdef'],
    ['http://127.0.0.1:6276/oauth/callback'],
    ['http://[::1]:6276/oauth/callback'],
    ['com.example.app:/oauth'],
  ]
  for (const uris of real) {
    test(`${uris.join(', ')}: each leads to the page`, async () => {
      const client = await registeredClient(at, { redirect_uris: uris })
      for (const redirect_uri of uris) {
        const { pathname, search } = authorizeUrl(client, { redirect_uri })
        assert.equal((await at.get(`${pathname}${search}`)).status, 200, redirect_uri)
      }
    })
  }
})

suite('redirect URIs that are refused (RFC 9700 §4.1.1, RFC 8252 §8.4)', () => {
  const hostile = [
    ...['javascript:alert(1)', 'JavaScript:alert(1)', 'java\nscript:alert(1)', ' javascript:x'],
    ...['data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://x/y', 'about:blank'],
    ...['intent://x#Intent;end', 'ms-settings:x', 'ms-msdt:/id', 'search-ms:query=x', 'shell:x'],
    ...['smb://x/y', 'ldap://x/y', 'jar:https://x!/y', 'view-source:https://x', 'mk:@x', 'tel:1'],
    ...['chrome://settings', 'chrome-extension://x/y', 'ws://x/y', 'wss://x/y', 'ftp://x/y'],
    ...['http://example.com/cb', 'http://127.0.0.1.example.com/cb', 'http://localhost.example/cb'],
    ...['http://localhost@example.com/cb', 'http://10.0.0.1/cb', 'http://0.0.0.0/cb', '//x/cb'],
    ...['http://user@localhost/cb', 'http://localhost/cb#x', 'http://[::ffff:7f00:1]/cb'],
    ...['https://user@example.com/cb', 'https://user:pw@example.com/cb', 'https://x/cb#fragment'],
    ...['https://x/cb#', 'https://x/a b', 'https://x/\\y', 'https://x/\ty', 'https://x/"y'],
    ...['https://a;b/cb', 'https://a,b/cb', 'https://*.x/cb', "https://x/'y", 'https://x/<y>'],
    ...['/callback', 'callback', '', 'https://', `https://x/${'y'.repeat(512)}`],
  ]
  for (const uris of [[], Array(11).fill('https://x/cb')]) {
    test(`${uris.length} URIs`, async () => {
      const response = await register(uris)
      assert.equal(response.status, 400)
      assert.match(await response.text(), /redirect_uris must be a list of 1 to 10 URIs/)
    })
  }
  for (const uri of hostile) {
    test(JSON.stringify(uri.slice(0, 60)), async () => {
      const response = await register(['https://honest.example/cb', uri])
      assert.equal(response.status, 400)
      assert.match(await response.text(), /"error":"invalid_redirect_uri"/)
      // Nor may an operator configure it.
      const OAUTH_CLIENTS = JSON.stringify([{ id: 'ours', name: 'Ours', redirectUris: [uri] }])
      assert.throws(
        () => oauthApp({ ...parts.environment, OAUTH_CLIENTS }),
        /OAUTH_CLIENTS.*redirectUris/,
      )
    })
  }
})

suite('redirect manipulation (RFC 9700 §4.1, exact match; RFC 8252 §7.3)', () => {
  const registered = [
    'https://client.example/cb',
    'https://client.example:8443/cb?x=1',
    'http://localhost/callback',
    'http://127.0.0.1:1234/callback',
    'cursor://client/cb',
  ]
  let client: string
  before(async () => {
    client = await registeredClient(at, { redirect_uris: registered })
  })
  const ask = (redirect_uri: string | undefined) => {
    const { pathname, search } = authorizeUrl(client, { redirect_uri })
    return at.get(`${pathname}${search}`)
  }

  for (const uri of [
    ...registered,
    'http://localhost:50000/callback',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:65535/callback',
  ]) {
    test(`${uri} is registered`, async () => {
      assert.equal((await ask(uri)).status, 200)
    })
  }

  const others = [
    undefined,
    ...['https://client.example/cb/', 'https://client.example/cb?', 'https://client.example/cb?x'],
    ...['https://client.example/CB', 'https://CLIENT.example/cb', 'HTTPS://client.example/cb'],
    ...[
      'https://client.example:443/cb',
      'https://client.example:8443/cb',
      'http://client.example/cb',
    ],
    ...[
      'https://client.example/cb/../cb',
      'https://client.example/./cb',
      'https://client.example/%63b',
    ],
    ...[
      'https://client.example/cb#x',
      'https://client.example/cb%23',
      'https://client.example.evil/cb',
    ],
    ...['https://evil.client.example/cb', 'https://client.example@evil.example/cb'],
    ...[
      'https://evil.example/https://client.example/cb',
      'https://client.example\\@evil.example/cb',
    ],
    ...[
      'https://client.example /cb',
      'https://client.example/cb\r\nx: y',
      'https://client.example\u3002evil/cb',
    ],
    ...[
      'http://localhost:0/callback/x',
      'http://localhost:99999/callback',
      'http://localhost:12x/callback',
    ],
    ...['http://localhost:80@evil.example/callback', 'http://localhost:80/callback?x=1'],
    ...['http://localhost.evil.example/callback', 'http://localhost:80.evil.example/callback'],
    ...['http://[::1]/callback', 'http://127.0.0.2/callback', 'http://2130706433/callback'],
    ...[
      'https://localhost/callback',
      'http://localhost:80#/callback',
      'http://localhost:80\\/callback',
    ],
    ...['cursor://client/cb/x', 'cursor://evil/cb', 'vscode://client/cb', 'cursor:/client/cb'],
    ...['javascript:alert(1)', 'https://evil.example/', '*', 'null'],
  ]
  for (const uri of others) {
    test(`${JSON.stringify(uri)} is not registered`, async () => {
      const response = await ask(uri)
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('location'), null)
      assert.doesNotMatch(await response.text(), /<a |evil/)
    })
  }
})

suite('dynamic registration (RFC 7591)', () => {
  test('a client is public, gets no secret, and is told so', async () => {
    const response = await register(['http://localhost/cb'], {
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'cost.read',
      application_type: 'native',
    })
    assert.equal(response.status, 201)
    const told = await response.text()
    assert.match(told, /"token_endpoint_auth_method":"none"/)
    assert.match(told, /"scope":"cost\.read"/)
    assert.doesNotMatch(told, /client_secret/)
  })

  const tooMuch: [what: string, body: unknown][] = [
    ['no JSON', undefined],
    ['no redirect URI', { redirect_uris: [] }],
    ['eleven redirect URIs', { redirect_uris: Array(11).fill('http://localhost/') }],
    ['a body of 17 kB', { redirect_uris: ['http://localhost/'], x: 'x'.repeat(17_000) }],
    [
      'an id of over 1,000 characters',
      { redirect_uris: Array(4).fill(`https://x/${'y'.repeat(200)}`) },
    ],
    ['redirect URIs that are no texts', { redirect_uris: [{}] }],
  ]
  for (const [what, body] of tooMuch) {
    test(`${what} is refused`, async () => {
      assert.equal((await at.json('/oauth/register', body)).status, 400)
    })
  }

  test('a long name is cut, and the id stays below 1,000 characters', async () => {
    const client = await registeredClient(at, { client_name: 'n'.repeat(5_000) })
    assert.ok(client.length < 1_000)
    await signedIn(at, client)
  })
})

suite('client impersonation by a client id metadata document', () => {
  const url = 'https://client.example/oauth/client.json'
  const honest = { client_id: url, client_name: 'Example', redirect_uris: ['http://localhost/cb'] }
  const served = (document: unknown, { status = 200, headers = {} } = {}) => {
    let asked = 0
    const app = oauthApp(parts.environment, {
      publicGet: async () => {
        asked += 1
        const text = typeof document === 'string' ? document : JSON.stringify(document)
        return { status, headers: { 'content-type': 'application/json', ...headers }, text }
      },
    })
    const ask = async (clientId = url, redirect_uri = 'http://localhost:7/cb') => {
      const { pathname, search } = authorizeUrl(clientId, { redirect_uri })
      return app.get(`${pathname}${search}`)
    }
    return { ask, asked: () => asked }
  }

  test('an honest document is a client, shown with the host that publishes it', async () => {
    const response = await served(honest).ask()
    assert.equal(response.status, 200)
    assert.match(await response.text(), /published by client\.example/)
  })

  const documents: [
    what: string,
    document: unknown,
    options?: { status?: number; headers?: Record<string, string | undefined> },
  ][] = [
    ['names another client id', { ...honest, client_id: 'https://other.example/x' }],
    ['names its id in other letters', { ...honest, client_id: url.toUpperCase() }],
    ['names no client id', { ...honest, client_id: undefined }],
    ['has other redirect URIs', { ...honest, redirect_uris: ['http://localhost/other'] }],
    ['has a hostile redirect URI', { ...honest, redirect_uris: ['javascript:x'] }],
    ['has no redirect URI', { ...honest, redirect_uris: [] }],
    ['wants a secret', { ...honest, token_endpoint_auth_method: 'client_secret_basic' }],
    ['is no JSON', '<html>'],
    ['is a list', [honest]],
    ['is an upload', honest, { headers: { 'content-type': 'text/plain' } }],
    ['is a page', honest, { headers: { 'content-type': 'text/html; x=application/json' } }],
    ['has no content type', honest, { headers: { 'content-type': undefined } }],
    ['is moved', honest, { status: 301 }],
    ['is not found', honest, { status: 404 }],
  ]
  for (const [what, document, options] of documents) {
    test(`a document that ${what} is no client`, async () => {
      const response = await served(document, options).ask()
      assert.ok([400, 503].includes(response.status))
      assert.equal(response.headers.get('location'), null)
    })
  }

  const ids = [
    ...['http://client.example/x', 'https://client.example', 'https://client.example/'],
    ...['https://client.example/x#y', 'https://u@client.example/x', 'https://u:p@client.example/x'],
    ...['https://client.example/a/../x', 'https://CLIENT.example/x', 'HTTPS://client.example/x'],
    ...[
      'https://cli\u0435nt.example/x',
      'https://client.example/%2e%2e/x',
      ' https://client.example/x',
    ],
    ...['https://client.example:443/x', 'https://client.example\\x', 'https:client.example/x'],
  ]
  for (const id of ids) {
    test(`${id} is no client id, and is not fetched`, async () => {
      const { ask, asked } = served({ ...honest, client_id: id })
      assert.equal((await ask(id)).status, 400)
      assert.equal(asked(), 0)
    })
  }

  test('documents and failures are cached, and no-store is not', async () => {
    const kept = served(honest)
    const failing = served('', { status: 500 })
    const volatile = served(honest, { headers: { 'cache-control': 'no-store' } })
    for (const { ask } of [kept, failing, volatile]) for (const _ of [1, 2, 3]) await ask()
    assert.deepEqual([kept.asked(), failing.asked(), volatile.asked()], [1, 1, 3])
  })

  test('documents that never come block twenty look-ups, and the next is told to wait', async () => {
    const gate = Promise.withResolvers<void>()
    const app = oauthApp(parts.environment, {
      async publicGet(asked) {
        await gate.promise
        const headers = { 'content-type': 'application/client+json; charset=utf-8' }
        return { status: 200, headers, text: JSON.stringify({ ...honest, client_id: asked }) }
      },
    })
    const ask = (number: number) => {
      const { pathname, search } = authorizeUrl(`${url}?${number}`, {
        redirect_uri: 'http://localhost/cb',
      })
      return app.get(`${pathname}${search}`)
    }
    const waiting = Array.from({ length: 20 }, (_, number) => ask(number))
    // A look-up that wrongly waits ends after five seconds.
    setTimeout(gate.resolve, 5_000).unref()
    assert.equal((await ask(20)).status, 503)
    gate.resolve()
    for (const response of await Promise.all(waiting)) assert.equal(response.status, 200)
    assert.equal((await ask(20)).status, 200)
  })
})

suite('server-side request forgery by a client id (MCP security best practices; RFC 6890)', () => {
  const inside: [what: string, address: string][] = [
    ['loopback', '127.0.0.1'],
    ['loopback, another', '127.8.8.8'],
    ['this network', '0.0.0.0'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['link-local, where instance metadata is', '169.254.169.254'],
    ['App Service’s identity endpoint', '169.254.129.3'],
    ['Azure’s wire server', '168.63.129.16'],
    ['protocol assignments', '192.0.0.1'],
    ['documentation', '203.0.113.1'],
    ['benchmarking', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback of IPv6', '::1'],
    ['unspecified', '::'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6, in hexadecimal', '::ffff:7f00:1'],
    ['IPv4 in IPv6, even a public one', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::10.0.0.1'],
    ['IPv4-translated', '::ffff:0:10.0.0.1'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['NAT64 of a network', '64:ff9b:1::a00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['unique local', 'fd00:ec2::254'],
    ['link-local of IPv6', 'fe80::1'],
    ['site-local', 'fec0::1'],
    ['multicast of IPv6', 'ff02::1'],
    ['documentation of IPv6', '2001:db8::1'],
    ['outside what is given out', '4000::1'],
    ['nothing', ''],
    ['no address', 'localhost'],
  ]
  for (const [what, address] of inside) {
    test(`${address} (${what}) is inside`, () => {
      assert.equal(isPublic(address), false)
    })
  }
  for (const address of ['8.8.8.8', '20.50.2.1', '2606:4700::1111', '2603:1030::1']) {
    test(`${address} is public`, () => {
      assert.equal(isPublic(address), true)
    })
  }

  /** Connects to a server of the test only, and records the addresses that it was asked for. */
  const dialed: string[] = []
  const get = (addresses: readonly string[], port = 0) =>
    publicGet({
      resolve: async () => addresses,
      dial: (lookup) => {
        const plain = buildConnector({})
        return (options, callback) =>
          lookup(options.hostname, { all: false }, (error, address) => {
            if (error) return callback(error, null)
            dialed.push(String(address))
            const to = { hostname: '127.0.0.1', port: String(port), protocol: 'http:' }
            return plain({ ...options, ...to }, callback)
          })
      },
    })

  const names: [what: string, addresses: string[]][] = [
    ['at an inside address', ['127.0.0.1']],
    ['at a public and an inside address (DNS rebinding)', ['8.8.8.8', '10.0.0.1']],
    ['without an address', []],
  ]
  for (const [what, addresses] of names) {
    test(`a name ${what} is not connected to`, async () => {
      dialed.length = 0
      await assert.rejects(get(addresses)('https://client.example/x'))
      assert.deepEqual(dialed, [])
    })
  }

  for (const host of ['127.0.0.1', '[::1]', '0x7f.1', '2130706433', '017700000001', '8.8.8.8']) {
    test(`https://${host}/ is not connected to: no client has its document under a number`, async () => {
      dialed.length = 0
      await assert.rejects(get(['8.8.8.8'])(`https://${host}/x`), /not a host name/)
      assert.deepEqual(dialed, [])
    })
  }

  test('the connection goes to the address that was checked: a name is resolved once (DNS rebinding)', async (t) => {
    const answers = [['8.8.8.8'], ['127.0.0.1']]
    let asked = 0
    const port = await listening(t, (_request, response) => response.end('{}'))
    const rebinding = publicGet({
      resolve: async () => answers[asked++] ?? [],
      dial: (lookup) => {
        const plain = buildConnector({})
        return (options, callback) =>
          lookup(options.hostname, { all: false }, (error, address) => {
            if (error) return callback(error, null)
            assert.equal(address, '8.8.8.8')
            const to = { hostname: '127.0.0.1', port: String(port), protocol: 'http:' }
            return plain({ ...options, ...to }, callback)
          })
      },
    })
    assert.equal((await rebinding('https://client.example/x')).status, 200)
    assert.equal(asked, 1)
  })

  /** An HTTP server on loopback in place of the public one. */
  async function listening(t: TestContext, answer: RequestListener) {
    const server = createHttp(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    return address.port
  }

  test('a redirect is not followed', async (t) => {
    let asked = 0
    const port = await listening(t, (_request, response) => {
      asked += 1
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    })
    const { status } = await get(['8.8.8.8'], port)('https://client.example/x')
    assert.deepEqual([status, asked], [302, 1])
  })

  test('a body of over 64 KiB is cut off', async (t) => {
    const port = await listening(t, (_request, response) => response.end('x'.repeat(70_000)))
    await assert.rejects(get(['8.8.8.8'], port)('https://client.example/x'))
  })

  test('a body that drips is given up after 5 s', async (t) => {
    const port = await listening(t, (_request, response) => {
      const timer = setInterval(() => response.write(' '), 100)
      response.on('close', () => clearInterval(timer))
    })
    const begun = Date.now()
    await assert.rejects(get(['8.8.8.8'], port)('https://client.example/x'))
    assert.ok(Date.now() - begun < 7_000)
  })

  test('a client id that leads inside is refused by the app itself, and nothing is called', async (t) => {
    let connections = 0
    const server = createTcp((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      const { pathname, search } = authorizeUrl(`https://${host}/client.json`)
      assert.equal((await at.get(`${pathname}${search}`)).status, 503)
    }
    assert.equal(connections, 0)
  })
})
