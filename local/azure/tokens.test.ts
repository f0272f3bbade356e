import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { UnsecuredJWT } from 'jose'
import * as z from 'zod'
import {
  type AzureForTest,
  armScope,
  errorOf,
  graphScope,
  issuer,
  startAzureForTest,
} from '../../test/support/azure.ts'
import { alice, directory, tenantId } from '../seed.ts'
import { startAzure } from './server.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())

const get = (url: string, token: string) =>
  fetch(url, { headers: { Authorization: `Bearer ${token}` } })
const subscriptions = () => `${it.azure.arm}/subscriptions?api-version=2022-12-01`
const me = () => `${it.azure.graph}/v1.0/me`
const past = Math.floor(Date.now() / 1000) - 3600

const refusedByArm = [
  ['of a foreign key', () => it.forgedTokenFor(alice), 'InvalidAuthenticationToken'],
  ['without signature', async () => unsigned(), 'InvalidAuthenticationToken'],
  ['that is not a JWT', async () => 'abc', 'InvalidAuthenticationToken'],
  ['that expired', () => it.tokenFor(alice, { exp: past }), 'ExpiredAuthenticationToken'],
  ['without exp', () => it.tokenFor(alice, { exp: undefined }), 'InvalidAuthenticationToken'],
  ['for Graph', () => it.tokenFor(alice, graphScope), 'InvalidAuthenticationTokenAudience'],
  [
    'of another tenant',
    () => it.tokenFor(alice, { iss: 'https://sts.windows.net/2/' }),
    'InvalidAuthenticationTokenTenant',
  ],
  [
    'in the v2.0 form',
    () => it.tokenFor(alice, { iss: `https://login.microsoftonline.com/${tenantId}/v2.0` }),
    'InvalidAuthenticationTokenTenant',
  ],
  ['of no user', () => it.tokenFor(alice, { oid: undefined }), 'InvalidAuthenticationToken'],
  ['without scope', () => it.tokenFor(alice, { scp: undefined }), 'InvalidAuthenticationToken'],
  ['of another scope', () => it.tokenFor(alice, { scp: 'x' }), 'InvalidAuthenticationToken'],
] as const

for (const [what, token, code] of refusedByArm) {
  test(`ARM refuses a token ${what} with 401 ${code}`, async () => {
    const response = await get(subscriptions(), await token())
    assert.equal(response.status, 401)
    assert.equal((await errorOf(response)).code, code)
    assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
  })
}

test('ARM says which header is missing when there is none', async () => {
  const response = await fetch(subscriptions())
  assert.equal(response.status, 401)
  assert.equal((await errorOf(response)).code, 'AuthenticationFailed')
})

for (const aud of ['https://management.core.windows.net/', 'https://management.azure.com/']) {
  test(`ARM accepts a token for ${aud}`, async () => {
    const response = await get(subscriptions(), await it.tokenFor(alice, { ...armScope, aud }))
    assert.equal(response.status, 200)
  })
}

const refusedByGraph = [
  ['for ARM', () => it.tokenFor(alice), 401, 'InvalidAuthenticationToken'],
  ['of a foreign key', () => it.forgedTokenFor(alice), 401, 'InvalidAuthenticationToken'],
  [
    'that expired',
    () => it.tokenFor(alice, { ...graphScope, exp: past }),
    401,
    'InvalidAuthenticationToken',
  ],
  [
    'without User.Read',
    () => it.tokenFor(alice, { ...graphScope, scp: 'openid profile' }),
    403,
    'Authorization_RequestDenied',
  ],
] as const

for (const [what, token, status, code] of refusedByGraph) {
  test(`Graph refuses a token ${what} with ${status} ${code}`, async () => {
    const response = await get(me(), await token())
    assert.equal(response.status, status)
    const requestId = response.headers.get('request-id')
    const error = await errorOf(response)
    assert.equal(error.code, code)
    assert.equal(innerError.parse(error.innerError)['request-id'], requestId)
  })
}

test('Graph returns the signed-in user', async () => {
  const token = await it.tokenFor(alice, { ...graphScope, scp: 'openid User.Read' })
  const profile = z
    .object({ id: z.string(), userPrincipalName: z.string() })
    .parse(await (await get(me(), token)).json())
  assert.deepEqual(profile, { id: alice.oid, userPrincipalName: alice.upn })
})

test('Graph returns only the selected properties', async () => {
  const token = await it.tokenFor(alice, graphScope)
  const selected = await (await get(`${me()}?$select=displayName,mail`, token)).json()
  assert.deepEqual(selected, {
    '@odata.context': `${it.azure.graph}/v1.0/$metadata#users(displayName,mail)/$entity`,
    displayName: 'Alice',
    mail: alice.upn,
  })
  assert.equal((await get(`${me()}?$select=salary`, token)).status, 400)
})

test('every answer has ids, and the request’s correlation id', async () => {
  const headers = { 'x-ms-correlation-request-id': 'c-1' }
  const response = await fetch(subscriptions(), { headers })
  assert.match(response.headers.get('x-ms-request-id') ?? '', /^[0-9a-f-]{36}$/)
  assert.equal(response.headers.get('x-ms-correlation-request-id'), 'c-1')
})

test('an unreachable Entra is not the token’s fault', async (t) => {
  const complaint = t.mock.method(console, 'error', () => {})
  const lonely = await startAzure({
    port: 0,
    directory: directory('http://localhost:7071'),
    entraOrigin: 'http://localhost:1',
    subscriptions: [],
  })
  t.after(() => lonely.close())
  const url = `${lonely.arm}/subscriptions?api-version=2022-12-01`
  assert.equal((await get(url, await it.tokenFor(alice))).status, 500)
  assert.equal(complaint.mock.callCount(), 1)
})

const unsigned = () =>
  new UnsecuredJWT({ ...armScope, iss: issuer, oid: alice.oid }).setExpirationTime('1h').encode()

const innerError = z.object({ 'request-id': z.string() })
