/** The authorization endpoint of the Entra emulator: pages, redirects and refusals. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import {
  appOrigin,
  authorize,
  authorizeUrl,
  costRead,
  costResource,
  type Form,
  redirectUri,
} from '../../test/support/entra-client.ts'
import { alice, bob, clients, directory, graphClientId } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

test('a resource that equals the scopes’ prefix passes', async () => {
  const answer = await authorize(entra, { resource: costResource })
  assert.ok(answer.get('code'))
  assert.equal(answer.get('state'), 'state-1')
})

test('without login_hint the user is picked in a form', async () => {
  const page = await fetch(authorizeUrl(entra, { login_hint: undefined }))
  const html = await page.text()
  assert.match(html, /name="login_hint" value="bob@contoso.example"/)
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.equal(entra.admin.requests({ kind: 'authorize' })[0]?.user, undefined)
})

test('parameters are escaped in pages', async () => {
  const evil = '"><script>alert(1)</script>'
  const page = await fetch(authorizeUrl(entra, { login_hint: undefined, state: evil }))
  assert.ok(!(await page.text()).includes('<script'))
  const unregistered = await fetch(authorizeUrl(entra, { redirect_uri: evil }))
  assert.ok(!(await unregistered.text()).includes('<script'))
})

suite('is refused in the redirect', () => {
  const nothing = () => {}
  const disable = () => entra.admin.setUser(alice.upn, { enabled: false })
  const revoke = () =>
    entra.admin.removeGrants({
      client: clients.public.clientId,
      resource: clients.api.clientId,
    })
  const byClientId = `${clients.api.clientId}/cost.read`
  const forBob = { scope: `${costResource}/cost.export`, login_hint: bob.upn }

  const rows: [string, Form, string, number, (() => void)?][] = [
    ['a bare scope, which is read as Graph’s', { scope: 'cost.read' }, 'invalid_client', 650053],
    ['an undefined scope', { scope: `${costResource}/write` }, 'invalid_client', 650053],
    ['an unknown resource', { scope: 'api://nobody/read' }, 'invalid_resource', 500011],
    ['two resources', { scope: `${costRead} User.Read` }, 'invalid_request', 28000],
    [
      '.default beside others',
      { scope: `${costRead} ${costResource}/.default` },
      'invalid_scope',
      70011,
    ],
    ['no scope', { scope: undefined }, 'invalid_request', 900144],
    ['a trailing slash in resource', { resource: `${costResource}/` }, 'invalid_target', 9010010],
    [
      'a resource, its scopes by client id',
      { resource: costResource, scope: byClientId },
      'invalid_target',
      9010010,
    ],
    [
      'a resource, OIDC scopes alone',
      { resource: costResource, scope: 'openid' },
      'invalid_target',
      9010010,
    ],
    ['a scope only administrators grant', forBob, 'consent_required', 90094],
    ['prompt=none, no user', { prompt: 'none', login_hint: undefined }, 'login_required', 50058],
    ['prompt=none, no consent', { prompt: 'none' }, 'consent_required', 65001, revoke],
    ['a disabled user', {}, 'access_denied', 50057, disable],
    ['an unknown user', { login_hint: 'mallory@contoso.example' }, 'access_denied', 50034],
    ['a public client without PKCE', { code_challenge: undefined }, 'invalid_request', 9002325],
    ['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request', 50149],
    ['a short challenge', { code_challenge: 'abc' }, 'invalid_request', 501491],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type', 700051],
    ['another response mode', { response_mode: 'fragment' }, 'invalid_request', 70007],
    ['an unknown prompt', { prompt: 'always' }, 'invalid_request', 90023],
    ['claims that are not JSON', { claims: 'cp1' }, 'invalid_request', 9002313],
  ]
  for (const [what, changes, error, code, first = nothing] of rows) {
    test(what, async () => {
      first()
      const answer = await authorize(entra, changes)
      assert.equal(answer.get('error'), error)
      assert.ok(answer.get('error_description')?.startsWith(`AADSTS${code}: `))
      assert.equal(answer.get('state'), 'state-1')
      assert.equal(entra.admin.requests({ kind: 'authorize' })[0]?.error, code)
    })
  }
})

suite('is refused on a page', () => {
  const rows: { what: string; changes: Form; code: number }[] = [
    {
      what: 'an unknown client',
      changes: { client_id: graphClientId.replace('3', '9') },
      code: 700016,
    },
    { what: 'no client', changes: { client_id: undefined }, code: 900144 },
    { what: 'no redirect URI', changes: { redirect_uri: undefined }, code: 900971 },
    ...[
      'http://localhost:9000/callback/',
      'http://localhost:9000/Callback',
      'http://localhost:9000/callback?x=1',
      'http://user@localhost:9000/callback',
      'http://localhost.evil.example/callback',
      'https://localhost:9000/callback',
      'not a uri',
    ].map((uri) => ({ what: uri, changes: { redirect_uri: uri }, code: 50011 })),
  ]
  for (const { what, changes, code } of rows) {
    test(what, async () => {
      const page = await fetch(authorizeUrl(entra, changes), { redirect: 'manual' })
      assert.equal(page.status, 400)
      assert.ok((await page.text()).includes(`AADSTS${code}: `))
    })
  }
  test('a parameter sent twice', async () => {
    const url = authorizeUrl(entra)
    url.searchParams.append('redirect_uri', redirectUri)
    const page = await fetch(url)
    assert.equal(page.status, 400)
    assert.match(await page.text(), /AADSTS9000411: /)
  })
})

test('a registered loopback address matches any port', async () => {
  for (const uri of ['http://127.0.0.1:1234/callback', 'http://localhost/']) {
    assert.ok((await authorize(entra, { redirect_uri: uri })).get('code'), uri)
  }
})
