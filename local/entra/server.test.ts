/** The Entra emulator as a server: where it listens, what it serves, and its overview. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { appOrigin, oboForm, token } from '../../test/support/entra-client.ts'
import { alice, clients, directory, tenantId } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const keysUrl = `${entra.origin}/${tenantId}/discovery/v2.0/keys`
const forge = () => entra.admin.forgeToken({ user: alice.upn, client: clients.public.clientId })

suite('starting', () => {
  test('is refused except on loopback', async () => {
    for (const host of ['0.0.0.0', '::', 'example.com', '192.168.0.1']) {
      const started = startEntra({ port: 0, directory: directory(appOrigin), host })
      await assert.rejects(started, /binds to loopback/, host)
    }
  })

  test('on a port in use fails with EADDRINUSE', async () => {
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

  test('does not change the seed, and stops at once', async () => {
    const data = directory(appOrigin)
    const other = await startEntra({ port: 0, directory: data })
    await fetch(other.origin)
    other.admin.setUser(alice.upn, { enabled: false })
    await other.close()
    assert.deepEqual(data, directory(appOrigin))
    await assert.rejects(fetch(other.origin))
  })
})

test('the overview shows users, apps, grants, policies and requests', async () => {
  await token(entra, oboForm(await forge(), { client_secret: 'wrong' }))
  const html = await (await fetch(entra.origin)).text()
  for (const text of [alice.upn, 'Contoso MCP servers', 'everyone', 'mfa', 'c1', 'AADSTS7000215']) {
    assert.ok(html.includes(text), text)
  }
  assert.ok(!html.includes('<script') && !html.includes(clients.api.secret))
})

test('the overview shows problems first, and says that it is an emulator', async () => {
  const before = await (await fetch(entra.origin)).text()
  assert.match(before, /local emulator of Microsoft Entra.*No faults are ordered/s)
  assert.match(before, /Nothing was refused lately/)
  entra.admin.addFault({ on: 'keys', kind: 'reset' })
  await token(entra, oboForm(await forge(), { client_secret: 'wrong' }))
  const after = await (await fetch(entra.origin)).text()
  assert.match(after, /1 fault is ordered.*Refused lately.*AADSTS7000215.*<nav/s)
})

suite('the forms of the overview', () => {
  const submit = (fields: Record<string, string>, headers = {}) =>
    fetch(entra.origin, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers,
      redirect: 'manual',
    })
  type State = ReturnType<typeof entra.admin.state>
  const client = clients.public.clientId
  const resource = clients.api.clientId
  const forms: [fields: Record<string, string>, done: (state: State) => boolean][] = [
    [
      { action: 'enable-user', user: alice.oid, enabled: 'no' },
      ({ users }) => users.some(({ oid, enabled }) => oid === alice.oid && !enabled),
    ],
    [{ action: 'end-sessions', user: alice.oid }, ({ revocations }) => revocations.length === 1],
    [{ action: 'let-users-consent', allowed: 'no' }, ({ userConsent }) => !userConsent],
    [
      { action: 'add-policy', resource, user: alice.oid, require: 'block' },
      ({ policies }) => policies.some(({ require }) => require === 'block'),
    ],
    [
      { action: 'remove-policy', id: 'e0000000-0000-4000-8000-00000000000a' },
      ({ policies }) => policies.length === 0,
    ],
    [
      { action: 'add-grant', client, resource, user: 'everyone', scopes: 'cost.export, cost.read' },
      ({ grants }) => grants.some(({ scopes }) => scopes.join() === 'cost.export,cost.read'),
    ],
    [
      { action: 'remove-grant', client, resource, user: 'everyone' },
      ({ grants }) => !grants.some((it) => it.client === client && it.user === 'everyone'),
    ],
    [
      { action: 'add-fault', on: 'token', trouble: 'throttled', times: '2' },
      ({ faults }) => faults[0]?.kind === 'status' && faults[0].times === 2,
    ],
    [{ action: 'clear-faults' }, ({ faults }) => faults.length === 0],
    [
      { action: 'advance-clock', seconds: '3600' },
      ({ time }) => Date.parse(time) > Date.now() + 3_000_000,
    ],
    [{ action: 'rotate-keys' }, ({ keys }) => keys.length > 1],
    [{ action: 'start-over' }, ({ time }) => Math.abs(Date.parse(time) - Date.now()) < 60_000],
  ]
  for (const [fields, done] of forms) {
    test(`${fields.action} is applied, and redirects to the overview`, async () => {
      const { status, headers } = await submit(fields)
      assert.equal(status, 303)
      assert.equal(headers.get('location'), '/')
      assert.ok(done(entra.admin.state()))
    })
  }

  test('an error is explained, and pages of other origins are refused', async () => {
    const mistaken = await submit({ action: 'add-grant', client, resource, user: 'x', scopes: 'x' })
    assert.equal(mistaken.status, 400)
    assert.match(await mistaken.text(), /no scope x/)
    assert.equal((await submit({ action: 'nothing' })).status, 400)
    const foreign = await submit({ action: 'start-over' }, { origin: 'https://evil.example' })
    assert.equal(foreign.status, 403)
  })
})

test('requests that Entra does not serve are refused', async () => {
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
