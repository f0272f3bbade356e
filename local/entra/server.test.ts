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

test('the overview shows users, apps, grants, policies and requests', async () => {
  await token(entra, oboForm(await forge(), { client_secret: 'wrong' }))
  const html = await (await fetch(entra.origin)).text()
  for (const text of [alice.upn, 'Contoso MCP servers', 'everyone', 'mfa', 'c1', 'AADSTS7000215']) {
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
