/** Refresh tokens of the Entra emulator: what they return, and what invalidates them. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import {
  appOrigin,
  codeForm,
  costResource,
  type Form,
  token,
} from '../../test/support/entra-client.ts'
import { alice, clients, directory } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

suite('a refresh token', () => {
  const signedIn = async () => {
    const { refresh_token } = await token(entra, await codeForm(entra))
    return {
      grant_type: 'refresh_token',
      client_id: clients.public.clientId,
      refresh_token,
    }
  }

  test('gives the same scopes and a new token, and stays valid', async () => {
    const form = await signedIn()
    const first = await token(entra, form)
    assert.equal(decodeJwt(first.access_token).scp, 'cost.read')
    assert.ok(first.id_token)
    assert.notEqual(first.refresh_token, form.refresh_token)
    assert.equal((await token(entra, form)).status, 200)
  })

  test('gives other scopes that were granted, when asked', async () => {
    const scope = `${costResource}/cost.export`
    const answer = await token(entra, { ...(await signedIn()), scope })
    assert.equal(decodeJwt(answer.access_token).scp, 'cost.export')
  })

  const nothing = () => {}
  const expire = () => entra.admin.advanceClock(90 * 24 * 3600)
  const disable = () => entra.admin.setUser(alice.oid, { enabled: false })
  const revoke = () =>
    entra.admin.removeGrants({
      client: clients.public.clientId,
      resource: clients.api.clientId,
    })
  const asAnotherClient = {
    client_id: clients.confidential.clientId,
    client_secret: clients.confidential.secrets[0],
  }
  const rows: [string, () => void, Form, unknown[]][] = [
    ['expires after 90 days', expire, {}, ['invalid_grant', 700082, 'bad_token']],
    ['ends with its user', disable, {}, ['invalid_grant', 50057, undefined]],
    ['ends with the consent', revoke, {}, ['invalid_grant', 65001, 'consent_required']],
    [
      'keeps to the resource rule',
      nothing,
      { resource: appOrigin },
      ['invalid_target', 9010010, undefined],
    ],
    ['is bound to its client', nothing, asAnotherClient, ['invalid_grant', 70000, undefined]],
    [
      'is one of ours',
      nothing,
      { refresh_token: '1.made-up' },
      ['invalid_grant', 70000, undefined],
    ],
  ]
  for (const [what, first, changes, expected] of rows) {
    test(what, async () => {
      const form = await signedIn()
      first()
      const { error, error_codes, suberror } = await token(entra, { ...form, ...changes })
      assert.deepEqual([error, error_codes?.[0], suberror], expected)
    })
  }
})
