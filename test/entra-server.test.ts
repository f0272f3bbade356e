/** The Entra emulator as a server: where it listens, who may reach it, its admin API and its overview. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, beforeEach, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { startEntra } from '../local/entra/server.ts'
import { alice, bob, clients, directory, tenantId } from '../local/seed.ts'
import { appOrigin, oboForm, token } from './support/entra-client.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const keysUrl = `${entra.origin}/${tenantId}/discovery/v2.0/keys`
const forge = () => entra.admin.forgeToken({ user: alice.upn, client: clients.public.clientId })

suite('starting', () => {
  test('is refused anywhere but on loopback', async () => {
    for (const host of ['0.0.0.0', '::', 'example.com', '192.168.0.1']) {
      const started = startEntra({ port: 0, directory: directory(appOrigin), host })
      await assert.rejects(started, /binds loopback/, host)
    }
  })

  test('on a taken port fails with the system’s own error', async () => {
    const port = Number(new URL(entra.origin).port)
    const started = startEntra({ port, directory: directory(appOrigin) })
    await assert.rejects(started, { code: 'EADDRINUSE' })
  })

  test('answers by name and by address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const url = new URL(keysUrl)
      url.hostname = host
      assert.equal((await fetch(url)).status, 200, host)
    }
  })

  test('leaves the data it began with alone, and ends at once', async () => {
    const data = directory(appOrigin)
    const other = await startEntra({ port: 0, directory: data })
    await fetch(other.origin)
    other.admin.setUser(alice.upn, { enabled: false })
    await other.close()
    assert.deepEqual(data, directory(appOrigin))
    await assert.rejects(fetch(other.origin))
  })
})

suite('over HTTP', () => {
  const admin = (method: string, path: string, body?: unknown, headers = {}) =>
    fetch(`${entra.origin}/admin${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  const changes: [string, string, unknown?][] = [
    ['POST', '/faults', { on: 'keys', kind: 'reset', times: 1 }],
    ['DELETE', '/faults'],
    ['POST', '/clock', { advanceSeconds: 60 }],
    ['POST', '/keys/rotate', { withdraw: false }],
    [
      'PUT',
      '/grants',
      {
        client: clients.public.clientId,
        resource: clients.api.clientId,
        scopes: ['cost.export'],
        user: bob.oid,
      },
    ],
    ['DELETE', '/grants', { client: clients.public.clientId, resource: clients.api.clientId }],
    ['PATCH', `/users/${bob.upn}`, { enabled: false }],
    [
      'PUT',
      '/role-assignments',
      { user: bob.oid, resource: clients.api.clientId, role: 'Cost.Exporter' },
    ],
    [
      'DELETE',
      '/role-assignments',
      { user: bob.oid, resource: clients.api.clientId, role: 'Cost.Exporter' },
    ],
    ['PATCH', `/apps/${clients.api.clientId}`, { accessTokenVersion: 1 }],
    ['POST', '/lifetimes', { accessTokenSeconds: 600 }],
    ['DELETE', '/requests'],
    ['POST', '/reset'],
  ]
  for (const [method, path, body] of changes) {
    test(`${method} ${path}`, async () => {
      assert.equal((await admin(method, path, body)).status, 204)
    })
  }

  test('state and requests can be read', async () => {
    await admin('PATCH', `/users/${bob.oid}`, { enabled: false })
    const state = await (await admin('GET', '/state')).text()
    assert.match(state, /"upn":"bob@contoso.example","name":"Bob","enabled":false/)
    assert.ok(!state.includes(clients.api.secret))
    await fetch(keysUrl)
    const requests = await (await admin('GET', '/requests?kind=keys')).json()
    assert.ok(Array.isArray(requests) && requests.length === 1)
  })

  test('a token can be had', async () => {
    const response = await admin('POST', '/tokens', {
      user: bob.upn,
      client: clients.public.clientId,
      scopes: ['cost.read'],
      claims: { xms_cc: ['cp1'] },
      omit: ['rh'],
      expiresIn: 30,
    })
    const { token } = z.object({ token: z.string() }).parse(await response.json())
    const { oid, xms_cc, rh, exp = 0, iat = 0 } = decodeJwt(token)
    assert.deepEqual({ oid, xms_cc, rh }, { oid: bob.oid, xms_cc: ['cp1'], rh: undefined })
    assert.equal(exp - iat, 30)
  })

  const mistakes: [string, string, unknown, RegExp][] = [
    ['POST', '/faults', { on: 'nowhere', kind: 'reset' }, /on/],
    ['POST', '/tokens', { client: clients.public.clientId }, /user is needed/],
    ['POST', '/tokens', { client: 'nobody', user: alice.upn }, /no app nobody/],
    ['PATCH', '/users/mallory', { enabled: true }, /no user mallory/],
    ['PATCH', `/apps/${clients.api.clientId}`, { clientId: 'x' }, /clientId/],
    [
      'PUT',
      '/grants',
      {
        client: clients.public.clientId,
        resource: clients.api.clientId,
        scopes: ['x'],
        user: 'everyone',
      },
      /no scope x/,
    ],
  ]
  for (const [method, path, body, reason] of mistakes) {
    test(`${method} ${path} says what is wrong: ${reason.source}`, async () => {
      const response = await admin(method, path, body)
      assert.equal(response.status, 400)
      assert.match(await response.text(), reason)
    })
  }

  test('no web page of another origin gets in', async () => {
    for (const origin of ['https://evil.example', 'http://localhost:1', 'null']) {
      const response = await admin('POST', '/tokens', undefined, { origin })
      assert.equal(response.status, 403, origin)
    }
  })

  test('no name that merely resolves to loopback is served', async () => {
    const status = await new Promise((resolve, reject) => {
      const options = { headers: { host: 'rebound.example' } }
      request(`${entra.origin}/admin/state`, options, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    assert.equal(status, 421)
  })
})

test('the overview shows users, apps, grants and requests', async () => {
  await token(entra, oboForm(await forge(), { client_secret: 'wrong' }))
  const html = await (await fetch(entra.origin)).text()
  for (const text of [alice.upn, 'Contoso MCP servers', 'everyone', 'AADSTS7000215']) {
    assert.ok(html.includes(text), text)
  }
  assert.ok(!html.includes('<script') && !html.includes(clients.api.secret))
})

test('what Entra does not have is not here', async () => {
  const rows: [string, number][] = [
    ['/.well-known/oauth-authorization-server', 404],
    [`/.well-known/oauth-authorization-server/${tenantId}/v2.0`, 404],
    [`/.well-known/openid-configuration/${tenantId}/v2.0`, 404],
    ['/99999999-1111-4111-8111-111111111111/v2.0/.well-known/openid-configuration', 400],
    [`/${tenantId}/oauth2/v2.0/token`, 400],
    ['/msi/token', 401],
  ]
  for (const [path, status] of rows) {
    assert.equal((await fetch(`${entra.origin}${path}`)).status, status, path)
  }
})
