/** The Entra emulator's controls for tests: faults, clock, keys, lifetimes and the request log. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as z from 'zod'
import {
  appOrigin,
  armScope,
  codeForm,
  costRead,
  costResource,
  oboForm,
  token,
} from '../../test/support/entra-client.ts'
import { alice, clients, directory, tenantId } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const keysUrl = `${entra.origin}/${tenantId}/discovery/v2.0/keys`
const forge = () => entra.admin.forgeToken({ user: alice.upn, client: clients.public.clientId })
const publishedKids = async () => {
  const schema = z.looseObject({ keys: z.array(z.looseObject({ kid: z.string() })) })
  return schema.parse(await (await fetch(keysUrl)).json()).keys.map(({ kid }) => kid)
}

suite('a fault', () => {
  test('429 has Retry-After, for the given number of requests', async () => {
    entra.admin.addFault({
      on: 'on_behalf_of',
      kind: 'status',
      status: 429,
      retryAfter: 7,
      times: 1,
    })
    const form = oboForm(await forge())
    const limited = await token(entra, form)
    assert.equal(limited.status, 429)
    assert.equal(limited.headers.get('retry-after'), '7')
    assert.equal(limited.error, 'temporarily_unavailable')
    assert.equal((await token(entra, form)).status, 200)
  })

  test('can be any refusal', async () => {
    const claims = '{"access_token":{}}'
    entra.admin.addFault({
      on: 'on_behalf_of',
      kind: 'refusal',
      error: 'invalid_grant',
      code: 50105,
      suberror: 'message_only',
      claims,
      times: 1,
    })
    const form = oboForm(await forge())
    const refused = await token(entra, form)
    assert.deepEqual(
      [refused.status, refused.error, refused.error_codes, refused.suberror, refused.claims],
      [400, 'invalid_grant', [50105], 'message_only', claims],
    )
    assert.match(refused.error_description ?? '', /^AADSTS50105: .* Trace ID: /)
    assert.equal((await token(entra, form)).status, 200)
  })

  test('can be HTML instead of JSON', async () => {
    entra.admin.addFault({ on: 'token', kind: 'html' })
    const response = await fetch(`${entra.origin}/${tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
    })
    assert.equal(response.status, 502)
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
  })

  test('a reset cuts the connection, and is logged as status 0', async () => {
    entra.admin.addFault({ on: 'keys', kind: 'reset' })
    await assert.rejects(fetch(keysUrl))
    assert.equal(entra.admin.requests({ kind: 'keys', status: 0 }).length, 1)
    entra.admin.clearFaults()
    assert.equal((await fetch(keysUrl)).status, 200)
  })

  test('latency delays the usual answer', async () => {
    entra.admin.addFault({ on: 'discovery', kind: 'latency', milliseconds: 60 })
    const begun = performance.now()
    const response = await fetch(
      `${entra.origin}/${tenantId}/v2.0/.well-known/openid-configuration`,
    )
    assert.equal(response.status, 200)
    assert.ok(performance.now() - begun >= 55)
  })

  test('affects its share of the requests, evenly', async () => {
    entra.admin.addFault({ on: 'keys', kind: 'status', ratio: 0.5 })
    const statuses = []
    for (let n = 0; n < 4; n += 1) statuses.push((await fetch(keysUrl)).status)
    assert.deepEqual(statuses, [200, 503, 200, 503])
  })
})

test('a rotated key is published beside the older ones, until they are withdrawn', async () => {
  const before = await publishedKids()
  assert.ok(before.length >= 2)
  await entra.admin.rotateKeys()
  const rotated = await publishedKids()
  assert.deepEqual(rotated.slice(1), before)
  assert.equal(decodeProtectedHeader(await forge()).kid, rotated[0])
  await entra.admin.rotateKeys({ withdraw: true })
  assert.equal((await publishedKids()).length, 1)
  await entra.admin.rotateKeys()
})

test('lifetimes are as scripted', async () => {
  entra.admin.setLifetimes({ accessTokenSeconds: 600, refreshInSeconds: 300 })
  const answer = await token(entra, oboForm(await forge()))
  const { exp = 0, iat = 0 } = decodeJwt(answer.access_token)
  assert.deepEqual([answer.expires_in, answer.refresh_in, exp - iat], [600, 300, 900])
})

test('the clock moves issue times and expiries', async () => {
  const assertion = await forge()
  entra.admin.advanceClock(2 * 3600)
  assert.deepEqual((await token(entra, oboForm(assertion))).error_codes, [500133])
  const { iat = 0 } = decodeJwt(await forge())
  assert.ok(iat - Date.now() / 1000 > 6800)
})

test('client credentials give a token without a user, only for .default', async () => {
  const form = {
    grant_type: 'client_credentials',
    client_id: clients.confidential.clientId,
    client_secret: clients.confidential.secrets[0],
  }
  const answer = await token(entra, { ...form, scope: `${costResource}/.default` })
  assert.deepEqual(
    Object.keys(answer).filter((name) => name.endsWith('token')),
    ['access_token'],
  )
  const { scp, idtyp, sub, oid } = decodeJwt(answer.access_token)
  assert.deepEqual({ scp, idtyp, sub }, { scp: undefined, idtyp: 'app', sub: oid })
  assert.deepEqual((await token(entra, { ...form, scope: costRead })).error_codes, [1002012])
})

test('the log has client, user and scope, but no credential', async () => {
  const form = await codeForm(entra)
  const { access_token, refresh_token } = await token(entra, form)
  await token(entra, oboForm(access_token))
  await token(entra, oboForm(access_token, { client_secret: 'very-wrong' }))
  const [exchanged, refused] = entra.admin.requests({ kind: 'on_behalf_of' })
  const { time, path, ...rest } = exchanged ?? {}
  assert.deepEqual(rest, {
    method: 'POST',
    kind: 'on_behalf_of',
    clientId: clients.api.clientId,
    user: alice.oid,
    scope: armScope,
    status: 200,
  })
  assert.equal(refused?.error, 7000215)
  const log = JSON.stringify(entra.admin.requests())
  for (const secret of [access_token, refresh_token, form.code, 'very-wrong', clients.api.secret]) {
    assert.ok(secret && !log.includes(secret))
  }
})
