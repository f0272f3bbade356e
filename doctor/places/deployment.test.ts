/** A function app's settings, read from Azure Resource Manager as an administrator. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { parseSettings } from '../../shared/settings.ts'
import { NotSeen } from '../check.ts'
import { settingsOf } from './deployment.ts'

const functionAppId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app'
const tenantId = '11111111-1111-4111-8111-111111111111'
const vault = '@Microsoft.KeyVault(SecretUri=https://vault)'
const given = {
  ENTRA_TENANT_ID: tenantId,
  ENTRA_CLIENT_ID: tenantId,
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: tenantId,
  PUBLIC_BASE_URL: 'https://mcp.contoso.com',
  TOKEN_CACHE_TABLES_URL: 'https://account.table.core.windows.net',
  ENCRYPTION_KEYS: vault,
  ADMIN_KEY: vault,
}

let statusOfKeys = 'Resolved'
let mayLook = true
const server = createServer(({ method, url = '' }, response) => {
  const reference = (setting: string, status: string) => ({
    name: `app/${setting}`,
    properties: { reference: vault, status },
  })
  const answers: Record<string, unknown> = {
    [`POST ${functionAppId}/config/appsettings/list`]: { properties: given },
    [`GET ${functionAppId}/config/configreferences/appsettings`]: {
      value: [reference('ENCRYPTION_KEYS', statusOfKeys), reference('ADMIN_KEY', 'Resolved')],
    },
  }
  const answer = answers[`${method} ${url.split('?')[0]}`]
  response.statusCode = !mayLook ? 403 : answer ? 200 : 404
  response.end(JSON.stringify(mayLook ? answer : { error: { code: 'AuthorizationFailed' } }))
})
server.listen(0, 'localhost')
await once(server, 'listening')
after(() => server.close())

const place = () => {
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return settingsOf(
    { tenantId, functionAppId, issuer: `https://login.microsoftonline.com/${tenantId}/v2.0` },
    { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 60_000 }) },
    `http://localhost:${address.port}`,
  )
}

test('secrets stay in the vault, and count as values', async () => {
  const settings = parseSettings(await place().environment(), [])
  assert.equal(settings.publicBaseUrl, given.PUBLIC_BASE_URL)
  assert.equal(settings.encryptionKeys.length, 1)
  assert.deepEqual(await place().references(), [
    { setting: 'ENCRYPTION_KEYS', status: 'Resolved' },
    { setting: 'ADMIN_KEY', status: 'Resolved' },
  ])
})

test('an unresolved reference is parsed like in the app', async () => {
  statusOfKeys = 'AccessToKeyVaultDenied'
  const environment = await place().environment()
  assert.throws(() => parseSettings(environment, []), /ENCRYPTION_KEYS contains a reference/)
})

test('a refusal names the role that may read', async () => {
  mayLook = false
  await assert.rejects(place().environment(), (error: Error) => {
    assert.ok(error instanceof NotSeen)
    assert.match(error.message, /403 AuthorizationFailed\)\. As Website Contributor: az login/)
    return true
  })
})
