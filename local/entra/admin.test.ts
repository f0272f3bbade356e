/** The Entra emulator's controls over HTTP: changes, reads, errors, and who may use them. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, beforeEach, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import * as z from 'zod'
import { appOrigin } from '../../test/support/entra-client.ts'
import { alice, armClientId, bob, clients, directory, graphClientId, tenantId } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const keysUrl = `${entra.origin}/${tenantId}/discovery/v2.0/keys`

suite('over HTTP', () => {
  const admin = (method: string, path: string, body?: unknown, headers = {}) =>
    fetch(`${entra.origin}/admin${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  const policy = {
    id: 'e0000000-0000-4000-8000-00000000000b',
    resource: armClientId,
    users: 'everyone',
    require: 'mfa',
  }
  const dora = {
    oid: 'dddddddd-0000-4000-8000-dddddddddddd',
    upn: 'dora@contoso.example',
    name: 'Dora',
  }
  const reports = {
    clientId: 'f0000000-0000-4000-8000-00000000000a',
    name: 'Reports',
    identifierUris: ['api://reports'],
    scopes: [{ value: 'Reports.Read', description: 'Read reports as you', adminOnly: false }],
  }
  const applicationRole = {
    client: clients.api.clientId,
    resource: graphClientId,
    role: 'Directory.Read.All',
  }
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
    ['PUT', '/users', dora],
    ['PUT', '/apps', reports],
    ['PATCH', `/users/${bob.upn}`, { enabled: false, mayConsent: false }],
    ['POST', `/users/${bob.upn}/revoke-sessions`],
    ['PUT', '/user-consent', { allowed: false }],
    ['PUT', '/policies', { ...policy, users: [bob.oid] }],
    ['DELETE', `/policies/${policy.id}`],
    ['PUT', '/authentication-contexts', { id: 'c2', name: 'Managed', require: 'block' }],
    ['DELETE', '/authentication-contexts/c2'],
    ['PUT', '/application-roles', applicationRole],
    ['DELETE', '/application-roles', applicationRole],
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

  test('revocations can be read', async () => {
    await admin('POST', `/users/${bob.oid}/revoke-sessions`)
    const revocations = await (await admin('GET', '/revocations')).json()
    assert.deepEqual(revocations, entra.admin.revocations())
    assert.equal(entra.admin.revocations().length, 1)
  })

  test('a token can be forged', async () => {
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
    assert.equal(exp - iat, 5 * 60 + 30)
  })

  test('a user and an app that were added get tokens, and policies hold for them', async () => {
    await admin('PUT', '/users', dora)
    await admin('PUT', '/apps', reports)
    const response = await admin('POST', '/tokens', {
      user: dora.upn,
      client: clients.public.clientId,
      resource: reports.clientId,
    })
    const { token } = z.object({ token: z.string() }).parse(await response.json())
    const { oid, aud, scp, ver } = decodeJwt(token)
    assert.deepEqual(
      { oid, aud, scp, ver },
      { oid: dora.oid, aud: reports.clientId, scp: 'Reports.Read', ver: '2.0' },
    )
    const ofBoth = { ...policy, resource: reports.clientId, users: [dora.oid] }
    assert.equal((await admin('PUT', '/policies', ofBoth)).status, 204)
    await admin('POST', '/reset')
    assert.equal(entra.admin.state().users.length, 3)
  })

  const mistakes: [string, string, unknown, RegExp][] = [
    ['POST', '/faults', { on: 'nowhere', kind: 'reset' }, /on/],
    ['POST', '/tokens', { client: clients.public.clientId }, /user is needed/],
    ['POST', '/tokens', { client: 'nobody', user: alice.upn }, /no app nobody/],
    ['PATCH', '/users/mallory', { enabled: true }, /no user mallory/],
    ['PUT', '/policies', { ...policy, id: 'mine' }, /GUID/],
    ['PUT', '/users', { ...dora, upn: bob.upn }, /bob@\S+ is the name of another user/],
    ['PUT', '/users', { ...dora, oid: 'dora' }, /oid/],
    ['PUT', '/apps', { ...reports, clientId: 'reports' }, /clientId/],
    ['PUT', '/apps', { ...reports, secret: 'x' }, /secret/],
    [
      'PUT',
      '/apps',
      { ...reports, identifierUris: ['https://graph.microsoft.com'] },
      /is an identifier URI of another app/,
    ],
    ['PUT', '/policies', { ...policy, users: ['mallory'] }, /no user mallory/],
    ['PUT', '/application-roles', { ...applicationRole, role: 'God' }, /no app role God/],
    ['POST', '/users/mallory/revoke-sessions', {}, /no user mallory/],
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

  test('web pages of other origins are refused', async () => {
    for (const origin of ['https://evil.example', 'http://localhost:1', 'null']) {
      const response = await admin('POST', '/tokens', undefined, { origin })
      assert.equal(response.status, 403, origin)
    }
  })

  test('other host names that resolve to loopback are refused', async () => {
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
