/** The authorization code grant of the Entra emulator, and all its refusals. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import * as z from 'zod'
import permissions from '../../infra/permissions.json' with { type: 'json' }
import {
  appOrigin,
  codeForm,
  costRead,
  costResource,
  type Form,
  token,
  verifier,
} from '../../test/support/entra-client.ts'
import { alice, clients, directory } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.string() })

test('a code becomes tokens that verify through discovery', async () => {
  const form = await codeForm(entra, { nonce: 'n-1' })
  const answer = await token(entra, { ...form, client_info: '1' })
  assert.equal(answer.status, 200)
  assert.equal(answer.scope, costRead)
  assert.equal(answer.headers.get('cache-control'), 'no-store, no-cache')

  const issuer = `${entra.origin}/${entra.tenantId}/v2.0`
  const document = await fetch(`${issuer}/.well-known/openid-configuration`)
  const discovery = discoverySchema.parse(await document.json())
  assert.equal(discovery.issuer, issuer)
  assert.ok(!('code_challenge_methods_supported' in discovery))
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri))
  const { payload } = await jwtVerify(answer.access_token, keys, {
    issuer,
    audience: clients.api.clientId,
  })
  const { azp, azpacr, oid, scp, roles, tid, ver, preferred_username } = payload
  assert.deepEqual(
    { azp, azpacr, oid, scp, roles, tid, ver, preferred_username },
    {
      azp: clients.public.clientId,
      azpacr: '0',
      oid: alice.oid,
      scp: 'cost.read',
      roles: permissions.appRoles.map(({ value }) => value),
      tid: entra.tenantId,
      ver: '2.0',
      preferred_username: alice.upn,
    },
  )
  for (const absent of ['xms_cc', 'idtyp', 'upn']) assert.ok(!(absent in payload), absent)
  const life = answer.expires_in ?? 0
  assert.ok(life >= 3600 && life <= 5400, `${life} s`)

  const identity = await jwtVerify(answer.id_token ?? '', keys, {
    issuer,
    audience: clients.public.clientId,
  })
  assert.equal(identity.payload.nonce, 'n-1')
  assert.notEqual(identity.payload.sub, payload.sub)
  const info = JSON.parse(Buffer.from(answer.client_info ?? '', 'base64url').toString())
  assert.deepEqual(info, { uid: alice.oid, utid: entra.tenantId })
})

test('only a client that declares cp1 gets xms_cc', async () => {
  const claims = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } })
  const answer = await token(entra, await codeForm(entra, { claims }))
  assert.deepEqual(decodeJwt(answer.access_token).xms_cc, ['cp1'])
})

test('only OIDC scopes give a token for Graph', async () => {
  const answer = await token(entra, await codeForm(entra, { scope: 'openid profile' }))
  const { aud, ver, appid } = decodeJwt(answer.access_token)
  assert.deepEqual(
    { aud, ver, appid },
    { aud: 'https://graph.microsoft.com', ver: '1.0', appid: clients.public.clientId },
  )
  assert.equal(answer.refresh_token, undefined)
})

suite('a code', () => {
  const asAnotherClient = {
    client_id: clients.confidential.clientId,
    client_secret: clients.confidential.secrets[0],
  }
  const rows: [string, number, Form][] = [
    ['its verifier', 501481, { code_verifier: `${verifier}x` }],
    ['having a verifier', 50148, { code_verifier: undefined }],
    ['its redirect URI', 500112, { redirect_uri: 'http://localhost:9001/callback' }],
    ['its client', 70000, asAnotherClient],
    ['the resource rule', 9010010, { resource: `${costResource}/` }],
  ]
  for (const [what, code, changes] of rows) {
    test(`is bound to ${what}`, async () => {
      const answer = await token(entra, { ...(await codeForm(entra)), ...changes })
      assert.deepEqual([answer.status, answer.error_codes], [400, [code]])
    })
  }

  test('expires after ten minutes', async () => {
    const form = await codeForm(entra)
    entra.admin.advanceClock(600)
    assert.deepEqual((await token(entra, form)).error_codes, [70008])
  })

  test('works once', async () => {
    const form = await codeForm(entra)
    assert.equal((await token(entra, form)).status, 200)
    const { error, error_codes } = await token(entra, form)
    assert.deepEqual({ error, error_codes }, { error: 'invalid_grant', error_codes: [54005] })
  })

  test('of a confidential client needs a secret, in the body or as Basic, but no PKCE', async () => {
    const { clientId, secrets } = clients.confidential
    const redeem = async (credential: Form, headers = {}) => {
      const form = await codeForm(entra, {
        client_id: clientId,
        code_challenge: undefined,
        code_challenge_method: undefined,
      })
      const changes = { client_id: clientId, code_verifier: undefined, ...credential }
      return token(entra, { ...form, ...changes }, headers)
    }
    const posted = await redeem({ client_secret: secrets[0] })
    assert.equal(decodeJwt(posted.access_token).azpacr, '1')
    const basic = Buffer.from(`${clientId}:${secrets[0]}`).toString('base64')
    const inHeader = await redeem({ client_id: undefined }, { authorization: `Basic ${basic}` })
    assert.equal(inHeader.status, 200)
    assert.deepEqual((await redeem({})).error_codes, [7000218])
  })
})
