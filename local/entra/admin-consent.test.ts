/** Admin consent at the Entra emulator: who needs it, and what it changes. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import {
  appOrigin,
  armScope,
  authorize,
  authorizeUrl,
  encode,
  type Form,
  followed,
} from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { alice, armClientId, bob, clients, directory, graphClientId } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const callback = `${appOrigin}/consent/callback`
const ours = clients.api.clientId
const withdraw = () => {
  for (const resource of [armClientId, graphClientId]) {
    entra.admin.removeGrants({ client: ours, resource })
  }
}
const adminConsentUrl = (changes: Form = {}, path = 'v2.0/adminconsent') => {
  const url = new URL(`${entra.origin}/${entra.tenantId}/${path}`)
  const form = { client_id: ours, redirect_uri: callback, state: 's', scope: armScope, ...changes }
  url.search = encode(form).toString()
  return url
}
const decide = (url: URL, decision: string, headers = {}) =>
  fetch(url, {
    method: 'POST',
    body: encode({ ...Object.fromEntries(url.searchParams), decision }),
    redirect: 'manual',
    headers,
  })
const granted = () =>
  entra.admin
    .state()
    .grants.flatMap(({ client, scopes, user }) =>
      client === ours ? [[user, ...scopes.toSorted()]] : [],
    )

suite('the administrator', () => {
  test('sees what is requested, and grants it to all users', async () => {
    withdraw()
    const url = adminConsentUrl()
    const html = await (await fetch(url)).text()
    assert.match(html, /Approve as administrator/)
    assert.match(html, /Access Azure as you/)
    const back = await followed(await decide(url, 'accept'))
    assert.deepEqual(Object.fromEntries(back), {
      admin_consent: 'True',
      tenant: entra.tenantId,
      state: 's',
      scope: armScope,
    })
    assert.deepEqual(granted(), [['everyone', 'user_impersonation']])
    for (const user of [alice.upn, bob.upn]) {
      const oboAssertion = await entra.admin.forgeToken({ user, client: clients.public.clientId })
      const exchanged = msal(entra).acquireTokenOnBehalfOf({ oboAssertion, scopes: [armScope] })
      assert.ok((await exchanged)?.accessToken)
    }
  })

  const everything = directory(appOrigin)
    .apps.find(({ clientId }) => clientId === clients.api.clientId)
    ?.requires.map(({ scopes }) => ['everyone', ...scopes.toSorted()])
  const rows: [string, string, Form][] = [
    ['.default', 'v2.0/adminconsent', { scope: 'https://graph.microsoft.com/.default' }],
    ['no scope', 'adminconsent', { scope: undefined }],
  ]
  for (const [what, path, changes] of rows) {
    test(`grants with ${what} everything that the registration requires`, async () => {
      withdraw()
      await decide(adminConsentUrl(changes, path), 'accept')
      assert.deepEqual(granted(), everything)
    })
  }

  test('keeps earlier grants', async () => {
    const client_id = clients.public.clientId
    const resource = clients.api.clientId
    entra.admin.putGrant({ client: client_id, resource, scopes: ['cost.read'], user: 'everyone' })
    const scope = `${appOrigin}/mcp/cost/cost.export`
    const redirect_uri = 'http://localhost:9000/callback'
    await decide(adminConsentUrl({ client_id, scope, redirect_uri }), 'accept')
    const grant = entra.admin
      .state()
      .grants.find(({ client, user }) => client === client_id && user === 'everyone')
    assert.deepEqual(grant?.scopes, ['cost.read', 'cost.export'])
  })

  test('may decline', async () => {
    withdraw()
    const back = await followed(await decide(adminConsentUrl(), 'decline'))
    assert.deepEqual(
      [back.get('error'), back.get('error_subcode'), back.get('state')],
      ['access_denied', 'cancel', 's'],
    )
    assert.deepEqual(granted(), [])
  })

  test('decides only by a form of this origin, not by a link', async () => {
    withdraw()
    assert.equal((await fetch(adminConsentUrl({ decision: 'accept' }))).status, 200)
    const origin = 'https://evil.example'
    assert.equal((await decide(adminConsentUrl(), 'accept', { origin })).status, 403)
    assert.deepEqual(granted(), [])
  })

  test('gets an error for an invalid request', async () => {
    const unknown = await followed(
      await fetch(adminConsentUrl({ scope: 'api://nobody/read' }), { redirect: 'manual' }),
    )
    assert.match(unknown.get('error_description') ?? '', /^AADSTS500011: /)
    const elsewhere = await fetch(adminConsentUrl({ redirect_uri: 'https://evil.example/' }))
    assert.equal(elsewhere.status, 400)
    assert.match(await elsewhere.text(), /AADSTS50011: /)
  })
})

suite('a user who may not consent needs an administrator', () => {
  const revoke = () =>
    entra.admin.removeGrants({ client: clients.public.clientId, resource: clients.api.clientId })
  const nothing = () => {}
  const noUser = () => entra.admin.setUserConsent(false)
  const notAlice = () => entra.admin.setUser(alice.upn, { mayConsent: false })
  const rows: [string, () => void, () => void, Form, string | null][] = [
    ['in a tenant without user consent', noUser, revoke, {}, 'consent_required'],
    ['when this user may not', notAlice, revoke, {}, 'consent_required'],
    ['even for prompt=consent', notAlice, nothing, { prompt: 'consent' }, 'consent_required'],
    ['but not for granted scopes', noUser, nothing, {}, null],
    ['but another user does not', notAlice, nothing, { login_hint: bob.upn }, null],
  ]
  for (const [what, forbid, first, changes, error] of rows) {
    test(what, async () => {
      first()
      forbid()
      const back = await authorize(entra, changes)
      assert.equal(back.get('error'), error)
      assert.equal(back.has('code'), error === null)
      if (error) assert.match(back.get('error_description') ?? '', /^AADSTS90094: /)
    })
  }

  test('and cannot post the form', async () => {
    revoke()
    noUser()
    const url = authorizeUrl(entra)
    const back = await followed(await decide(url, 'accept'))
    assert.equal(back.get('error'), 'consent_required')
  })
})
