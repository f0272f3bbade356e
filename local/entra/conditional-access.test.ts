/** Conditional Access at the Entra emulator: who must prove more, where, with which error, and what satisfies it. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { InteractionRequiredAuthError } from '@azure/msal-node'
import { decodeJwt } from 'jose'
import {
  appOrigin,
  armScope,
  authorize,
  authorizeUrl,
  encode,
  type Form,
  followed,
  token,
} from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { signedInAs } from '../../test/support/signed-in.ts'
import {
  alice,
  armClientId,
  carol,
  carolNeedsMfa,
  clients,
  directory,
  type Policy,
  type Requirement,
} from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const id = 'e0000000-0000-4000-8000-00000000000b'
const policy = (changes: Partial<Policy> = {}): Policy => ({
  id,
  resource: armClientId,
  users: 'everyone',
  require: 'mfa',
  ...changes,
})
const onOurApi = (require: Requirement) =>
  entra.admin.putPolicy(policy({ resource: clients.api.clientId, require }))
const capolids = (policyId: string) =>
  JSON.stringify({ access_token: { capolids: { essential: true, values: [policyId] } } })

const signedIn = (upn: string, changes: Form = {}) => signedInAs(entra, upn, changes)
const exchange = (oboAssertion: string, claims = '') =>
  msal(entra).acquireTokenOnBehalfOf({ oboAssertion, claims, scopes: [armScope] })
/** MSAL's error for a refused exchange. */
const refusalOf = async (exchanging: Promise<unknown>) => {
  const error = await exchanging.then(
    () => assert.fail('was let through'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof InteractionRequiredAuthError, String(error))
  const { errorCode, errorNo, subError, claims } = error
  return [errorCode, Number(errorNo), subError, claims]
}

suite('On-Behalf-Of is refused', () => {
  const rows: [Requirement, string, number, string][] = [
    ['mfa', 'invalid_grant', 50076, 'basic_action'],
    ['block', 'invalid_grant', 53003, 'message_only'],
    ['compliant_device', 'interaction_required', 53000, 'additional_action'],
  ]
  for (const [require, error, code, suberror] of rows) {
    test(`where the downstream requires ${require}, with the policy to meet`, async () => {
      entra.admin.putPolicy(policy({ require }))
      const { access_token } = await signedIn(alice.upn)
      assert.deepEqual(await refusalOf(exchange(access_token)), [
        error,
        code,
        suberror,
        capolids(id),
      ])
      entra.admin.removePolicy(id)
      assert.ok((await exchange(access_token))?.accessToken)
    })
  }

  test('only for the users of the policy', async () => {
    const carols = await signedIn(carol.upn)
    const [, code, , claims] = await refusalOf(exchange(carols.access_token))
    assert.deepEqual([code, claims], [50076, capolids(carolNeedsMfa.id)])
    assert.ok((await exchange((await signedIn(alice.upn)).access_token))?.accessToken)
  })
})

suite('a sign-in with the claims', () => {
  test('asks for approval, and that session passes', async () => {
    const before = await signedIn(carol.upn)
    const [, , , claims] = await refusalOf(exchange(before.access_token))
    const challenge = { claims: String(claims), login_hint: carol.upn }
    const page = await fetch(authorizeUrl(entra, challenge), { redirect: 'manual' })
    assert.match(await page.text(), /Approve this sign-in/)

    const { access_token } = await signedIn(carol.upn, challenge)
    const passed = await exchange(access_token)
    assert.deepEqual(decodeJwt(passed?.accessToken ?? '').amr, ['pwd', 'mfa'])
    await assert.rejects(exchange(before.access_token), InteractionRequiredAuthError)
  })

  test('of a removed policy, or one for other users, asks for nothing', async () => {
    for (const policyId of [id, carolNeedsMfa.id]) {
      assert.ok((await authorize(entra, { claims: capolids(policyId) })).get('code'))
    }
  })

  test('outlives a refresh', async () => {
    const claims = capolids(carolNeedsMfa.id)
    const { refresh_token } = await signedIn(carol.upn, { claims })
    const { access_token } = await token(entra, {
      grant_type: 'refresh_token',
      client_id: clients.public.clientId,
      refresh_token,
    })
    assert.ok((await exchange(access_token))?.accessToken)
  })
})

suite('a policy on the signed-in resource', () => {
  const answer = (answers: Form, changes: Form = {}) => {
    const url = authorizeUrl(entra, changes)
    const body = encode({ ...Object.fromEntries(url.searchParams), ...answers })
    return fetch(url, { method: 'POST', body, redirect: 'manual' })
  }

  test('asks for approval before consent, and once', async () => {
    onOurApi('mfa')
    const changes = { prompt: 'consent' }
    const approved = await (await answer({ mfa: 'approve' }, changes)).text()
    assert.match(approved, /Permissions requested/)
    assert.match(approved, /name="mfa" value="approve"/)
    const accepted = await answer({ mfa: 'approve', decision: 'accept' }, changes)
    assert.ok((await followed(accepted)).get('code'))
  })

  test('is not satisfied by a link', async () => {
    onOurApi('mfa')
    const page = await fetch(authorizeUrl(entra, { mfa: 'approve' }), { redirect: 'manual' })
    const html = await page.text()
    assert.match(html, /Approve this sign-in/)
    assert.doesNotMatch(html, /type="hidden" name="mfa"/)
  })

  const refused: [string, Requirement, Form, Form, string, number][] = [
    ['not approved', 'mfa', { mfa: 'deny' }, {}, 'access_denied', 500121],
    ['without a page', 'mfa', {}, { prompt: 'none' }, 'interaction_required', 50076],
    ['that blocks', 'block', {}, {}, 'access_denied', 53003],
    ['for devices', 'compliant_device', { mfa: 'approve' }, {}, 'access_denied', 53000],
  ]
  for (const [what, require, answers, changes, error, code] of refused) {
    test(`${what} ends the sign-in with AADSTS${code}`, async () => {
      onOurApi(require)
      const back = await followed(await answer(answers, changes))
      assert.equal(back.get('error'), error)
      assert.ok(back.get('error_description')?.startsWith(`AADSTS${code}: `))
      assert.equal(back.get('claims'), code === 500121 ? null : capolids(id))
    })
  }

  test('applies to earlier sessions', async () => {
    const { refresh_token } = await signedIn(alice.upn)
    onOurApi('mfa')
    const answered = await token(entra, {
      grant_type: 'refresh_token',
      client_id: clients.public.clientId,
      refresh_token,
    })
    assert.deepEqual(
      [answered.error, answered.error_codes, answered.suberror, answered.claims],
      ['invalid_grant', [50076], 'basic_action', capolids(id)],
    )
  })
})

test('a forged token’s claims stand for its session', async () => {
  const forge = (claims: Record<string, unknown>) =>
    entra.admin.forgeToken({ user: carol.upn, client: clients.public.clientId, claims })
  await assert.rejects(exchange(await forge({})), InteractionRequiredAuthError)
  assert.ok((await exchange(await forge({ amr: ['pwd', 'mfa'] })))?.accessToken)
})
