/** Revoked sessions at the Entra emulator: what is refused at once, and what a new sign-in restores. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { InteractionRequiredAuthError } from '@azure/msal-node'
import { appOrigin, armScope, codeForm, token } from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { alice, bob, clients, directory } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const exchange = (oboAssertion: string, claims = '') =>
  msal(entra).acquireTokenOnBehalfOf({ oboAssertion, claims, scopes: [armScope] })
const nbf = (seconds: number) =>
  JSON.stringify({ access_token: { nbf: { essential: true, value: String(seconds) } } })
const validFrom = () => entra.admin.revocations()[0]?.validFrom ?? 0
const refuses = (errorCode: string, claims: string) => (error: unknown) => {
  assert.ok(error instanceof InteractionRequiredAuthError)
  assert.deepEqual(
    [error.errorCode, Number(error.errorNo), error.subError, error.claims],
    [errorCode, 50173, 'bad_token', claims],
  )
  return true
}

suite('revoked sessions', () => {
  test('cannot be refreshed', async () => {
    const { refresh_token } = await token(entra, await codeForm(entra))
    await entra.admin.revokeSessions(alice.upn)
    const answer = await token(entra, {
      grant_type: 'refresh_token',
      client_id: clients.public.clientId,
      refresh_token,
    })
    assert.deepEqual(
      [answer.error, answer.error_codes, answer.suberror, answer.claims],
      ['invalid_grant', [50173], 'bad_token', undefined],
    )
  })

  test('cannot redeem a code', async () => {
    const form = await codeForm(entra)
    await entra.admin.revokeSessions(alice.upn)
    assert.deepEqual((await token(entra, form)).error_codes, [50173])
  })

  test('cannot be exchanged, but a new one can at once', async () => {
    const { access_token } = await token(entra, await codeForm(entra))
    await entra.admin.revokeSessions(alice.oid)
    await assert.rejects(exchange(access_token), refuses('invalid_grant', ''))
    const claims = nbf(validFrom())
    await assert.rejects(exchange(access_token, claims), refuses('interaction_required', claims))
    const again = await token(entra, await codeForm(entra, { claims }))
    assert.ok((await exchange(again.access_token, claims))?.accessToken)
  })

  test('are those of one user', async () => {
    const bobs = await token(entra, await codeForm(entra, { login_hint: bob.upn }))
    await entra.admin.revokeSessions(alice.upn)
    assert.ok((await exchange(bobs.access_token))?.accessToken)
    assert.deepEqual(
      entra.admin.state().revocations.map(({ user }) => user),
      [alice.oid],
    )
  })
})

test('nbf asks for a newer session, revoked or not', async () => {
  const { access_token } = await token(entra, await codeForm(entra))
  const now = Math.floor(Date.now() / 1000)
  assert.ok((await exchange(access_token, nbf(now - 60)))?.accessToken)
  const claims = nbf(now + 60)
  await assert.rejects(exchange(access_token, claims), refuses('interaction_required', claims))
  const unreadable = await token(entra, await codeForm(entra)).then((signedIn) =>
    exchange(signedIn.access_token, '{"access_token":{"nbf":{"value":"soon"}}}').catch(String),
  )
  assert.match(String(unreadable), /9002313/)
})

test('revoking an unknown user is an error', async () => {
  await assert.rejects(entra.admin.revokeSessions('mallory'), /no user mallory/)
})
