/** Continuous access evaluation: tokens of `cp1` clients live for a day, and are refused once they are revoked. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { decodeJwt } from 'jose'
import { appOrigin, armScope, codeForm, token } from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { startEntra } from '../entra/server.ts'
import { alice, bob, clients, directory, subscriptions } from '../seed.ts'
import { startAzure } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
const azure = await startAzure({
  port: 0,
  directory: directory(appOrigin),
  entraOrigin: entra.origin,
  subscriptions,
})
after(() => azure.close())
beforeEach(() => entra.admin.reset())

const urls = {
  arm: `${azure.arm}/subscriptions?api-version=2022-12-01`,
  graph: `${azure.graph}/v1.0/me`,
}
const get = (url: string, accessToken: string) =>
  fetch(url, { headers: { authorization: `Bearer ${accessToken}` } })

const signedIn = async (upn = alice.upn) =>
  (await token(entra, await codeForm(entra, { login_hint: upn }))).access_token
/** Our API's exchange, with its client capabilities. */
const downstream = async (oboAssertion: string, scope = armScope, clientCapabilities = ['CP1']) => {
  const app = msal(entra, { clientSecret: clients.api.secret, clientCapabilities })
  const result = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scope] })
  return result?.accessToken ?? ''
}
const lifeOf = (accessToken: string) => {
  const { exp = 0, iat = 0 } = decodeJwt(accessToken)
  // Entra backdates `iat` by five minutes.
  return (exp - iat - 300) / 3600
}

for (const [name, scope] of [
  ['arm', armScope],
  ['graph', 'https://graph.microsoft.com/User.Read'],
] as const) {
  test(`${name} answers a revoked token with a challenge, which has the time for a new one`, async () => {
    const accessToken = await downstream(await signedIn(), scope)
    assert.equal((await get(urls[name], accessToken)).status, 200)
    await entra.admin.revokeSessions(alice.upn)
    const refused = await get(urls[name], accessToken)
    assert.equal(refused.status, 401)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    const [, encoded = ''] =
      /^Bearer realm="", authorization_uri="[^"]+", error="insufficient_claims", claims="([^"]+)"$/.exec(
        challenge,
      ) ?? []
    const value = String(entra.admin.revocations()[0]?.validFrom)
    assert.deepEqual(JSON.parse(Buffer.from(encoded, 'base64').toString()), {
      access_token: { nbf: { essential: true, value } },
    })
    const renewed = await downstream(await signedIn(), scope)
    assert.equal((await get(urls[name], renewed)).status, 200)
  })
}

test('other users’ tokens stay valid', async () => {
  const accessToken = await downstream(await signedIn(bob.upn))
  await entra.admin.revokeSessions(alice.upn)
  assert.equal((await get(urls.arm, accessToken)).status, 200)
})

test('a token for a client without cp1 works until it expires, within 90 minutes', async () => {
  const accessToken = await downstream(await signedIn(), armScope, [])
  assert.equal(decodeJwt(accessToken).xms_cc, undefined)
  assert.ok(lifeOf(accessToken) <= 1.5)
  await entra.admin.revokeSessions(alice.upn)
  assert.equal((await get(urls.arm, accessToken)).status, 200)
})

test('a token for a client with cp1 lives 20 to 28 hours, with refresh_in at half of it', async () => {
  const claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
  const answer = await token(entra, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    client_id: clients.api.clientId,
    client_secret: clients.api.secret,
    requested_token_use: 'on_behalf_of',
    assertion: await signedIn(),
    scope: armScope,
    claims,
  })
  const life = lifeOf(answer.access_token)
  assert.ok(life >= 20 && life <= 28, `${life} h`)
  assert.equal(answer.refresh_in, Math.floor((answer.expires_in ?? 0) / 2))
  assert.deepEqual(decodeJwt(answer.access_token).xms_cc, ['cp1'])
})

test('tokens for our own API have xms_cc, but do not live longer', async () => {
  const claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
  const { access_token } = await token(entra, await codeForm(entra, { claims }))
  assert.deepEqual(decodeJwt(access_token).xms_cc, ['cp1'])
  assert.ok(lifeOf(access_token) <= 1.5)
})
