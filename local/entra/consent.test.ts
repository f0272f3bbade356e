/** Consent at the Entra emulator: when it is requested, what it changes, and who may not give it. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import permissions from '../../infra/permissions.json' with { type: 'json' }
import {
  appOrigin,
  authorize,
  authorizeUrl,
  codeForm,
  costResource,
  encode,
  type Form,
  followed,
  token,
} from '../../test/support/entra-client.ts'
import { alice, bob, clients, directory } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

suite('consent', () => {
  const revoke = () =>
    entra.admin.removeGrants({
      client: clients.public.clientId,
      resource: clients.api.clientId,
    })
  const decide = (decision: string, changes: Form = {}) => {
    const url = authorizeUrl(entra, changes)
    const body = encode({ ...Object.fromEntries(url.searchParams), decision })
    return fetch(url, { method: 'POST', body, redirect: 'manual' })
  }

  test('is requested once, when missing', async () => {
    revoke()
    const page = await (await fetch(authorizeUrl(entra))).text()
    assert.match(page, /Read Azure costs/)
    assert.ok((await followed(await decide('accept'))).get('code'))
    assert.ok((await authorize(entra)).get('code'))
    const { grants } = entra.admin.state()
    assert.deepEqual(grants.at(-1), {
      client: clients.public.clientId,
      resource: clients.api.clientId,
      scopes: ['cost.read'],
      user: alice.oid,
    })
    const others = await fetch(authorizeUrl(entra, { login_hint: bob.upn }))
    assert.equal(others.status, 200)
  })

  test('is requested again by prompt=consent', async () => {
    const page = await fetch(authorizeUrl(entra, { prompt: 'consent' }))
    assert.match(await page.text(), /already granted/)
    const answer = await followed(await decide('accept', { prompt: 'consent' }))
    assert.ok(answer.get('code'))
  })

  test('when declined, returns access_denied', async () => {
    revoke()
    const answer = await followed(await decide('decline'))
    assert.equal(answer.get('error'), 'access_denied')
    assert.equal(answer.get('error_subcode'), 'cancel')
    assert.match(answer.get('error_description') ?? '', /^AADSTS65004: /)
  })

  test('is not given by a link', async () => {
    revoke()
    const page = await fetch(authorizeUrl(entra, { decision: 'accept' }), { redirect: 'manual' })
    assert.equal(page.status, 200)
  })

  test("is not given by another origin's form", async () => {
    revoke()
    const response = await fetch(authorizeUrl(entra), {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    })
    assert.equal(response.status, 403)
  })

  test('for .default covers the granted scopes, or the required ones when none are granted', async () => {
    const scope = `${costResource}/.default`
    const answer = await token(entra, await codeForm(entra, { scope }))
    const [users, administrators] = ['user', 'administrator'].map((consent) =>
      permissions.scopes.filter((it) => it.consent === consent).map(({ value }) => value),
    )
    const all = [...(users ?? []), ...(administrators ?? [])]
    assert.equal(decodeJwt(answer.access_token).scp, all.join(' '))
    const qualified = all.map((it) => `${costResource}/${it}`)
    assert.equal(answer.scope, [...qualified, scope].join(' '))
    revoke()
    const page = await (await fetch(authorizeUrl(entra, { scope }))).text()
    assert.match(page, /cost\.read/)
    assert.doesNotMatch(page, /cost\.export/)
  })
})
