/** Wrong, odd and hostile requests, from callers with a valid token. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob, clients, subscriptions } from '../local/seed.ts'
import { appOrigin, costResource } from './support/entra-client.ts'
import {
  challengeOf,
  costUrl,
  eras,
  type HeaderChanges,
  initializeEra,
  post,
  refusalOf,
  rpcErrorOf,
  statelessEra,
  toolResultOf,
} from './support/mcp-request.ts'
import { type App, type Product, startProduct } from './support/product.ts'

let product: Product
let app: App
let token: string
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(async () => {
  product.reset()
  app = product.app()
  token = await product.tokenOf(alice)
})

const subscription = subscriptions[0]?.id ?? ''
const call = (name: string, args: unknown = {}) => ({
  method: 'tools/call',
  params: { name, arguments: args },
})
const list = call('list_subscriptions')
/** Entra and Azure received no request. */
const assertNothingSpent = () => {
  assert.equal(product.exchanges(), 0)
  assert.deepEqual(product.azure.admin.requests(), [])
}

suite('methods', () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
    test(`${method} is 405 with Allow, with a token or without`, async () => {
      for (const sent of [undefined, token]) {
        const answer = await app.send(new Request(costUrl, { method }), sent)
        assert.equal(answer.status, 405)
        assert.equal(answer.headers.get('allow'), 'POST, OPTIONS')
      }
    })
  }

  test('OPTIONS is answered before authentication', async () => {
    const origin = 'http://localhost:6274'
    const headers = { origin, 'access-control-request-method': 'POST' }
    const answer = await app.send(new Request(costUrl, { method: 'OPTIONS', headers }))
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('access-control-allow-origin'), origin)
    assert.match(answer.headers.get('access-control-allow-methods') ?? '', /POST/)
    const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase() ?? ''
    for (const name of ['authorization', 'content-type', 'mcp-protocol-version', 'mcp-name']) {
      assert.ok(allowed.split(', ').includes(name), name)
    }
  })

  test('OPTIONS of a foreign page allows nothing', async () => {
    const headers = { origin: 'https://evil.example' }
    const answer = await app.send(new Request(costUrl, { method: 'OPTIONS', headers }))
    assert.equal(answer.status, 403)
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
  })
})

suite('origins', () => {
  const foreign = [
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example:7071',
    'https://evil.example#http://localhost',
    'chrome-extension://abcdefgh',
    'file://',
    'not an origin',
    '',
  ]
  for (const origin of foreign) {
    test(`'${origin}' is refused before its token is looked at`, async () => {
      const answer = await app.send(initializeEra(list, { origin }), 'no token at all')
      assert.equal(answer.status, 403, answer.text)
      assert.equal(answer.headers.get('access-control-allow-origin'), null)
      assertNothingSpent()
    })
  }

  for (const origin of [
    appOrigin,
    'http://localhost:6274',
    'http://127.0.0.1:1',
    'http://[::1]:9',
  ]) {
    test(`${origin} is accepted and echoed, in refusals too`, async () => {
      for (const [sent, status] of [
        [token, 200],
        ['no token', 401],
      ] as const) {
        const answer = await app.send(initializeEra(list, { origin }), sent)
        assert.equal(answer.status, status)
        assert.equal(answer.headers.get('access-control-allow-origin'), origin)
        assert.match(answer.headers.get('access-control-expose-headers') ?? '', /www-authenticate/i)
        assert.match(answer.headers.get('vary') ?? '', /origin/i)
      }
    })
  }

  test('origins of ALLOWED_ORIGINS are accepted and echoed, and no other', async () => {
    const settings = {
      PUBLIC_BASE_URL: 'https://mcp.contoso.example',
      ALLOWED_ORIGINS: 'https://make.powerautomate.com,https://claude.ai',
    }
    const open = product.app({ settings })
    for (const [origin, status, echoed] of [
      ['https://make.powerautomate.com', 200, 'https://make.powerautomate.com'],
      ['https://claude.ai', 200, 'https://claude.ai'],
      ['https://claude.ai.evil.example', 403, null],
      ['http://claude.ai', 403, null],
      ['https://claude.ai:8443', 403, null],
    ] as const) {
      const answer = await open.send(initializeEra(list, { origin }), token)
      assert.equal(answer.status, status, origin)
      assert.equal(answer.headers.get('access-control-allow-origin'), echoed)
      const asked = new Request(costUrl, { method: 'OPTIONS', headers: { origin } })
      assert.equal((await open.send(asked)).headers.get('access-control-allow-origin'), echoed)
    }
  })

  test('a public server refuses pages of this computer', async () => {
    const open = product.app({ settings: { PUBLIC_BASE_URL: 'https://mcp.contoso.example' } })
    const from = (origin: string) => open.send(initializeEra(list, { origin }), token)
    assert.equal((await from('http://localhost:6274')).status, 403)
    assert.equal((await from('http://mcp.contoso.example')).status, 403)
    assert.equal((await from('https://mcp.contoso.example')).status, 200)
  })
})

suite('bodies', () => {
  const mebibyte = 1024 * 1024
  const padded = (size: number) => {
    const message = JSON.stringify({ jsonrpc: '2.0', id: 1, ...list })
    return message + ' '.repeat(size - message.length)
  }

  const bodies: [what: string, request: () => Request, status: number, code: number | undefined][] =
    [
      ['of 1 MiB', () => post(padded(mebibyte)), 200, undefined],
      ['of more', () => post(padded(mebibyte + 1)), 413, -32000],
      ['of more in bytes than in letters', () => post(`"${'é'.repeat(600_000)}"`), 413, -32000],
      ['that is empty', () => post(''), 400, -32700],
      ['that is not JSON', () => post('{"jsonrpc"'), 400, -32700],
      ['that is a form', () => post('method=tools/list'), 400, -32700],
      ['that is a batch of one', () => post(`[${padded(200)}]`), 400, -32600],
      ['that is a batch of two', () => post(`[${padded(200)},${padded(200)}]`), 400, -32600],
      ['that is an empty batch', () => post('[]'), 400, -32600],
      ['that is a batch in a new era', () => modern(`[${padded(200)}]`), 400, -32600],
    ]
  const modern = (body: string) =>
    post(body, {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'list_subscriptions',
    })
  for (const [what, request, status, code] of bodies) {
    test(`a body ${what}: ${status}`, async () => {
      const answer = await app.send(request(), token)
      assert.equal(answer.status, status, answer.text)
      if (code !== undefined) {
        assert.equal(rpcErrorOf(answer.text).code, code)
        assertNothingSpent()
      }
    })
  }

  test('an empty body is answered with what Azure Functions does to chunked ones', async () => {
    const { message } = rpcErrorOf((await app.send(post(''), token)).text)
    assert.match(message, /chunks.*\.NET's HttpClient.*LoadIntoBufferAsync.*base\.SendAsync/)
  })

  test('the size is checked before the token, the JSON after it', async () => {
    assert.equal((await app.send(post(padded(mebibyte + 1)))).status, 413)
    assert.equal((await app.send(post('[]'))).status, 401)
    assert.equal((await app.send(post('no JSON'))).status, 401)
  })

  for (const text of ['null', 'true', '7', '"tools/list"', '{}', '{"method":"tools/call"}']) {
    test(`JSON that is no request, ${text}, is 400`, async () => {
      const answer = await app.send(post(text), token)
      assert.equal(answer.status, 400, answer.text)
      assertNothingSpent()
    })
  }

  const odd: [what: string, message: object][] = [
    ['params that are a list', { method: 'tools/call', params: ['list_subscriptions'] }],
    ['params that are null', { method: 'tools/call', params: null }],
    ['a name that is a list', { ...list, params: { name: ['list_subscriptions'] } }],
    ['a name that is an object', { ...list, params: { name: { toString: 'list_subscriptions' } } }],
    ['no name', { ...list, params: {} }],
    ['arguments that are a list', call('list_subscriptions', [1])],
    ['arguments that are text', call('list_subscriptions', 'all')],
  ]
  for (const [what, message] of odd) {
    test(`a call with ${what} runs nothing`, async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, ...message })
      const answer = await app.send(post(body), token)
      assert.ok(answer.status === 200 || answer.status === 400, `${answer.status}`)
      assert.match(answer.text, /"error"|"isError":true/)
      assertNothingSpent()
    })
  }

  test('checks and SDK read the same value of a key that is sent twice', async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_subscriptions","name":"cost_export","arguments":{}}}`
    const answer = await app.send(post(body), token)
    assert.equal(challengeOf(answer.headers).error, 'insufficient_scope')
    assertNothingSpent()
  })
})

suite('the protocol', () => {
  const notified = { method: 'notifications/initialized', params: null }
  const headers: [what: string, changes: HeaderChanges, status: number][] = [
    ['content type text/plain', { 'content-type': 'text/plain' }, 415],
    ['no content type', { 'content-type': undefined }, 415],
    ['an unknown protocol version', { 'mcp-protocol-version': '1999-01-01' }, 400],
  ]
  for (const [what, changes, status] of headers) {
    test(`${what}: ${status}`, async () => {
      const answer = await app.send(initializeEra(list, changes), token)
      assert.equal(answer.status, status, answer.text)
      assertNothingSpent()
    })
  }

  for (const accept of [undefined, '*/*', 'application/json', 'text/html', 'application/*;q=0.5']) {
    for (const [era, request] of eras) {
      test(`${era}, Accept ${accept}: served as JSON`, async () => {
        const answer = await app.send(request(list, { accept }), token)
        assert.equal(answer.status, 200, answer.text)
        assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
        assert.ok(!toolResultOf(answer.text).isError)
      })
    }
  }

  suite('a client that takes only events', () => {
    const events = { accept: 'text/event-stream' }

    test('gets events', async () => {
      const answer = await app.send(initializeEra(list, events), token)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.headers.get('content-type'), 'text/event-stream')
      const [, data = ''] = /^event: message\ndata: ([^\n]+)\n\n$/.exec(answer.text) ?? []
      assert.ok(Array.isArray(toolResultOf(data).data?.subscriptions))
    })

    test('gets refusals and errors as JSON', async () => {
      assert.equal((await app.send(initializeEra(list, events))).status, 401)
      const scopeless = await product.tokenOf(alice, { scopes: ['other'] })
      const refused = await app.send(initializeEra(list, events), scopeless)
      assert.equal(refusalOf(refused.text).error, 'insufficient_scope')
    })
  })

  suite('null or empty text for an absent argument', () => {
    const messages: [what: string, message: object, status: number][] = [
      ['a list with params null', { id: 1, method: 'tools/list', params: null }, 200],
      ['a notification with params null', notified, 202],
      ...[null, '', '{}', [], undefined].map((args): [string, object, number] => [
        `a call with arguments ${JSON.stringify(args)}`,
        { id: 1, ...call('list_subscriptions', args) },
        200,
      ]),
    ]
    for (const [what, message, status] of messages) {
      test(`${what} is served`, async () => {
        const body = JSON.stringify({ jsonrpc: '2.0', ...message })
        const answer = await app.send(post(body), token)
        assert.equal(answer.status, status, answer.text)
        assert.doesNotMatch(answer.text, /"error"|"isError":true/)
      })
    }

    test('arguments as JSON text are read', async () => {
      const args = JSON.stringify({ scope: subscription })
      const { data } = await app.result(token, 'cost_by_service', args)
      assert.equal(typeof data?.total, 'number')
    })
  })

  const mismatches: [what: string, changes: HeaderChanges][] = [
    ['another name', { 'mcp-name': 'cost_export' }],
    ['no name', { 'mcp-name': undefined }],
    ['another method', { 'mcp-method': 'tools/list' }],
    ['no method', { 'mcp-method': undefined }],
    ['another version', { 'mcp-protocol-version': '2025-11-25' }],
  ]
  for (const [what, changes] of mismatches) {
    test(`2026-07-28, headers with ${what}: 400, -32020`, async () => {
      const answer = await app.send(statelessEra(list, changes), token)
      assert.equal(answer.status, 400, answer.text)
      assert.equal(rpcErrorOf(answer.text).code, -32020)
      assertNothingSpent()
    })
  }

  test('an unknown method: 404 in 2026-07-28, 200 before, -32601 in both', async () => {
    const unknown = { method: 'resources/delete' }
    const modern = await app.send(statelessEra(unknown), token)
    assert.equal(modern.status, 404)
    assert.equal(rpcErrorOf(modern.text).code, -32601)
    const before = await app.send(initializeEra(unknown), token)
    assert.equal(before.status, 200)
    assert.equal(rpcErrorOf(before.text).code, -32601)
  })

  for (const [era, request] of eras) {
    for (const name of ['nope', '__proto__', 'constructor', 'toString', '', 'LIST_SUBSCRIPTIONS']) {
      test(`${era}: tool '${name}' does not exist`, async () => {
        const answer = await app.send(request(call(name)), token)
        assert.equal(rpcErrorOf(answer.text).code, -32602)
        assertNothingSpent()
      })
    }
  }

  test('no session begins', async () => {
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    }
    const answer = await app.send(initializeEra({ method: 'initialize', params }), token)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('mcp-session-id'), null)
    assert.match(answer.text, /"protocolVersion":"2025-06-18"/)
  })
})

suite('access', () => {
  const exportCall = call('cost_export', { scope: subscription, month: '2026-10' })
  const metadataUrl = `${appOrigin}/.well-known/oauth-protected-resource/mcp/cost`

  for (const [era, request] of eras) {
    test(`${era}: a missing scope is asked for, before any exchange`, async () => {
      const scopeless = await product.tokenOf(alice, { scopes: ['other.thing'] })
      for (const [message, sent, scope] of [
        [list, scopeless, `${costResource}/cost.read`],
        [exportCall, token, `${costResource}/cost.export`],
      ] as const) {
        const answer = await app.send(request(message), sent)
        assert.equal(answer.status, 403)
        const { error, scope: asked, resource_metadata } = challengeOf(answer.headers)
        assert.deepEqual(
          [error, asked, resource_metadata],
          ['insufficient_scope', scope, metadataUrl],
        )
        assert.equal(refusalOf(answer.text).error, 'insufficient_scope')
        assertNothingSpent()
      }
    })

    test(`${era}: a missing role is named to the model, without a challenge`, async () => {
      for (const scopes of [['cost.read', 'cost.export'], ['cost.read']]) {
        const sent = await product.tokenOf(bob, { scopes })
        const answer = await app.send(request(exportCall), sent)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('www-authenticate'), null)
        const { isError, text } = toolResultOf(answer.text)
        assert.ok(isError)
        assert.match(text, /Cost\.Exporter/)
        assertNothingSpent()
      }
    })
  }

  test('scopes are asked for under the App ID URI when one is set', async () => {
    const uri = `api://${clients.api.clientId}`
    const other = product.app({ settings: { ENTRA_APP_ID_URI: uri } })
    assert.equal(
      challengeOf((await other.send(initializeEra(list))).headers).scope,
      `${uri}/cost.read`,
    )
    const answer = await other.send(initializeEra(exportCall), token)
    assert.equal(challengeOf(answer.headers).scope, `${uri}/cost.export`)
  })

  test('a scope is compared to the letter', async () => {
    for (const scp of ['Cost.Read', 'cost.readall', 'cost.read.all', `${costResource}/cost.read`]) {
      const answer = await app.send(
        initializeEra(list),
        await product.tokenOf(alice, { claims: { scp } }),
      )
      assert.equal(answer.status, 403, scp)
    }
  })

  test('the list shows every tool, in its order, with the missing role', async () => {
    const listed = async (sent: string) =>
      (await app.send(initializeEra({ method: 'tools/list' }), sent)).text
    const ofBob = await listed(await product.tokenOf(bob))
    const order =
      /list_subscriptions.*cost_by_service.*cost_export.*lacks the app role Cost\.Exporter/
    assert.match(ofBob, order)
    assert.doesNotMatch(await listed(token), /lacks the app role/)
    assert.match(await listed(token), /cost_export/)
    assert.doesNotMatch(await listed(await product.tokenOf(alice, { scopes: ['x'] })), /lacks/)
    assert.equal(await listed(await product.tokenOf(bob)), ofBob)
  })
})

suite('metadata', () => {
  test('names the endpoint exactly, the tenant and the scopes a user may consent to', async () => {
    const answer = await app.metadata(new Request(`${appOrigin}/.well-known/x`))
    assert.deepEqual(JSON.parse(answer.text), {
      resource: costResource,
      resource_name: 'Azure costs',
      authorization_servers: [`${product.entra.origin}/${product.entra.tenantId}/v2.0`],
      scopes_supported: [`${costResource}/cost.read`],
      bearer_methods_supported: ['header'],
    })
  })
})

suite('arguments', () => {
  const guid = subscription
  const other = subscriptions[3]?.id
  const scopes = [
    '',
    ' ',
    '/',
    '..',
    '../../subscriptions',
    `/subscriptions/${guid}/../${other}`,
    `/subscriptions/${guid}/..`,
    `/subscriptions/${guid}/./`,
    `/subscriptions/${guid}/%2e%2e/${other}`,
    `/subscriptions/${guid}%2f..%2f${other}`,
    `/subscriptions/%2e%2e`,
    `/subscriptions//${guid}`,
    `//${guid}`,
    `/subscriptions/${guid}//`,
    `/subscriptions/${guid}?api-version=2022-12-01`,
    `${guid}?$filter=x`,
    `${guid}#`,
    `${guid}\r\nX-Injected: 1`,
    `${guid}\n`,
    `${guid}\u0000`,
    `${guid} `,
    `${guid};${other}`,
    `${guid},${other}`,
    `\\subscriptions\\${guid}`,
    `/subscriptions/${guid}\\..\\${other}`,
    `https://evil.example/subscriptions/${guid}`,
    `//evil.example/subscriptions/${guid}`,
    `http://localhost@evil.example/`,
    `@evil.example/${guid}`,
    `.evil.example/${guid}`,
    ':80/',
    `/subscriptions/${guid}/resourceGroups/`,
    `/subscriptions/${guid}/resourceGroups/..`,
    `/subscriptions/${guid}/resourceGroups/.`,
    `/subscriptions/${guid}/resourceGroups/%2e%2e`,
    `/subscriptions/${guid}/resourceGroups/a/b`,
    `/subscriptions/${guid}/resourceGroups/a%2fb`,
    `/subscriptions/${guid}/resourceGroups/a?x=1`,
    `/subscriptions/${guid}/resourceGroups/a\tb`,
    `/subscriptions/${guid}/resourceGroups/\uff0e\uff0e`,
    `/subscriptions/${guid}/resourceGroups/a\u2215b`,
    `/subscriptions/${guid}/resourceGroups/a\u202eb`,
    `/subscriptions/${guid}/resourceGroups/${'a'.repeat(91)}`,
    `/subscriptions/${guid}/resourceGroups/a/providers/Microsoft.Storage/storageAccounts/b`,
    `/subscriptions/${guid}/providers/Microsoft.Compute`,
    `/providers/Microsoft.Billing/billingAccounts/1`,
    `/providers/Microsoft.Management/managementGroups/`,
    `/providers/Microsoft.Management/managementGroups/..`,
    `/providers/Microsoft.Management/managementGroups/a/subscriptions/${guid}`,
    `/providers/Microsoft.Management/../Microsoft.Authorization`,
    `/tenants/${guid}`,
    guid.slice(1),
    `${guid}0`,
    guid.replaceAll('0', '\u0660'),
    guid.replaceAll('-', '\u2010'),
    'a'.repeat(100_000),
  ]
  test('a scope that could lead elsewhere is refused without a request to Azure', async () => {
    for (const scope of scopes) {
      const { isError, text } = await app.result(token, 'cost_by_service', { scope })
      assert.ok(isError, scope)
      assert.match(text, /Invalid arguments: scope: must be/, scope)
    }
    assertNothingSpent()
  })

  const wrong: [tool: string, args: Record<string, unknown>, problem: RegExp][] = [
    ['cost_by_service', {}, /scope/],
    ['cost_by_service', { scope: 7 }, /scope/],
    ['cost_by_service', { scope: [guid] }, /scope/],
    ['cost_by_service', { scope: { toString: guid } }, /scope/],
    ['cost_by_service', { scope: null }, /scope/],
    ['cost_by_service', { scope: guid, groupBy: 'ResourceId' }, /groupBy/],
    ['cost_by_service', { scope: guid, groupBy: 'constructor' }, /groupBy/],
    ['cost_by_service', { scope: guid, groupBy: 'tag:' }, /groupBy/],
    ['cost_by_service', { scope: guid, groupBy: 'tag:a/b' }, /groupBy/],
    ['cost_by_service', { scope: guid, period: 'for ever' }, /period/],
    ['cost_by_service', { scope: guid, daily: 'yes' }, /daily/],
    ['cost_by_service', { scope: guid, limit: 0 }, /limit/],
    ['cost_by_service', { scope: guid, limit: 1001 }, /limit/],
    ['cost_by_service', { scope: guid, limit: 1.5 }, /limit/],
  ]
  for (const [tool, args, problem] of wrong) {
    test(`${tool} refuses ${JSON.stringify(args)}`, async () => {
      const { isError, text } = await app.result(token, tool, args)
      assert.ok(isError)
      assert.match(text, problem)
      assertNothingSpent()
    })
  }

  test('an argument named like JavaScript’s own properties sets nothing', async () => {
    const args: unknown = JSON.parse(`{"scope":"${guid}","__proto__":{"limit":1}}`)
    const { data } = await app.result(token, 'cost_by_service', args)
    assert.ok(Array.isArray(data?.rows) && data.rows.length > 1)
  })
})
