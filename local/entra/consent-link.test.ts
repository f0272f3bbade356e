/** The consent link of a middle tier, at the Entra emulator: our API as a client for its own downstream, by real MSAL. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { InteractionRequiredAuthError, ServerError } from '@azure/msal-node'
import {
  appOrigin,
  armScope,
  authorizeUrl,
  encode,
  type Form,
  followed,
  verifier,
} from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { signIn } from '../../test/support/sign-in.ts'
import { alice, armClientId, bob, carol, clients, directory } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => {
  entra.admin.reset()
  entra.admin.removeGrants({ client: clients.api.clientId, resource: armClientId })
})

const callback = `${appOrigin}/consent/callback`
const link = (changes: Form = {}) =>
  authorizeUrl(entra, {
    client_id: clients.api.clientId,
    redirect_uri: callback,
    scope: `${armScope} openid profile`,
    prompt: 'consent',
    login_hint: undefined,
    ...changes,
  })
const redeem = (code: string | null, codeVerifier = verifier) =>
  msal(entra).acquireTokenByCode({
    code: code ?? '',
    codeVerifier,
    redirectUri: callback,
    scopes: [armScope, 'openid', 'profile'],
  })
const exchange = async (user: string) =>
  msal(entra).acquireTokenOnBehalfOf({
    oboAssertion: await entra.admin.forgeToken({ user, client: clients.public.clientId }),
    scopes: [armScope],
  })
const aadsts = (code: number) => (error: unknown) =>
  (error instanceof ServerError || error instanceof InteractionRequiredAuthError) &&
  Number(error.errorNo) === code

test('the user who follows it grants the missing scopes, only for themselves', async () => {
  await assert.rejects(exchange(alice.upn), aadsts(65001))
  const back = await signIn(link({ state: 'sealed' }), alice.upn)
  assert.equal(back.origin + back.pathname, callback)
  assert.equal(back.searchParams.get('state'), 'sealed')
  const result = await redeem(back.searchParams.get('code'))
  assert.equal(result.account?.localAccountId, alice.oid)
  assert.equal(result.account?.username, alice.upn)
  assert.ok((await exchange(alice.upn))?.accessToken)
  await assert.rejects(exchange(bob.upn), aadsts(65001))
})

test('its code is redeemed once, with verifier and secret', async () => {
  const code = (await signIn(link(), alice.upn)).searchParams.get('code')
  await assert.rejects(redeem(code, `${verifier}x`), aadsts(501481))
  await redeem(code)
  await assert.rejects(redeem(code), aadsts(54005))
})

test('a user under a downstream policy must meet it there, too', async () => {
  const page = await fetch(link({ login_hint: carol.upn }))
  assert.match(await page.text(), /Approve this sign-in/)
  const code = (await signIn(link(), carol.upn)).searchParams.get('code')
  assert.equal((await redeem(code)).account?.localAccountId, carol.oid)
})

test('when declined, it returns access_denied', async () => {
  const url = link({ login_hint: alice.upn })
  const body = encode({ ...Object.fromEntries(url.searchParams), decision: 'decline' })
  const back = await followed(await fetch(url, { method: 'POST', body, redirect: 'manual' }))
  assert.deepEqual(
    [back.get('error'), back.get('error_subcode'), back.get('state'), back.get('code')],
    ['access_denied', 'cancel', 'state-1', null],
  )
  assert.match(back.get('error_description') ?? '', /^AADSTS65004: /)
  await assert.rejects(exchange(alice.upn), aadsts(65001))
})
