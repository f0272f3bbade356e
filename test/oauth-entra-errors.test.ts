/**
 * Entra ends a sign-in with an error and no code: the client gets an OAuth error, and the person a page that says who
 * can fix it. With the authorization server at /oauth/callback, without it at /consent/callback.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { appOrigin, encode, type Form } from './support/entra-client.ts'
import {
  authorizeUrl,
  begunSignIn,
  codeForm,
  type OAuthApp,
  oauthApp,
  redirectUri,
  registeredClient,
  signedIn,
  startOAuth,
  tokenRequest,
} from './support/oauth-app.ts'
import type { Cookies } from './support/sign-in.ts'

let parts: Awaited<ReturnType<typeof startOAuth>>
let at: OAuthApp
let off: OAuthApp
let browser: Cookies
let client: string
let state: string
before(async () => {
  parts = await startOAuth()
  at = oauthApp(parts.environment)
  const { OAUTH_CLIENT_ID: _, OAUTH_CLIENT_SECRET: __, ...environment } = parts.environment
  off = oauthApp(environment)
  browser = at.browser()
  client = await registeredClient(at)
  const begun = await begunSignIn(browser, authorizeUrl(client))
  state = begun.searchParams.get('state') ?? ''
})
after(() => parts.close())

const comesBack = (parameters: Form) =>
  browser.fetch(new URL(`${appOrigin}/oauth/callback?${encode({ ...parameters, state })}`))

type Row = { error: string; code: number; status: number; tells: string; words: RegExp }
const rows: Row[] = [
  {
    ...{ error: 'invalid_target', code: 9010010, status: 502, tells: 'invalid_target' },
    words: /people who run this server.*not help/s,
  },
  {
    ...{ error: 'access_denied', code: 90094, status: 403, tells: 'access_denied' },
    words: /administrator of your organization/,
  },
  {
    ...{ error: 'access_denied', code: 53003, status: 403, tells: 'access_denied' },
    words: /policies block this access.*administrator/s,
  },
  {
    ...{ error: 'access_denied', code: 50105, status: 403, tells: 'access_denied' },
    words: /administrator/,
  },
  {
    ...{ error: 'unauthorized_client', code: 700016, status: 502, tells: 'server_error' },
    words: /people who run this server/,
  },
  {
    ...{ error: 'temporarily_unavailable', code: 90033, status: 503 },
    ...{ tells: 'temporarily_unavailable', words: /Wait a few minutes/ },
  },
  {
    ...{ error: 'access_denied', code: 123456, status: 403, tells: 'access_denied' },
    words: /did not sign you in/,
  },
]

suite('with the authorization server', () => {
  for (const { error, code, status, tells, words } of rows) {
    test(`AADSTS${code} is a page for the person, and ${tells} for the client`, async () => {
      at.takeRecords()
      const description = `AADSTS${code}: Planted <b>text</b>. Trace ID: x`
      const response = await comesBack({ error, error_description: description })
      assert.equal(response.status, status)
      const text = await response.text()
      assert.match(text, words)
      assert.match(text, new RegExp(`AADSTS${code}`))
      assert.doesNotMatch(text, /Planted/)

      const [, address = ''] = /^20; url=(.*)$/.exec(response.headers.get('refresh') ?? '') ?? []
      assert.ok(text.includes(`<a href="${address.replaceAll('&', '&amp;')}">`))
      const back = new URL(address)
      assert.equal(`${back.origin}${back.pathname}`, redirectUri)
      assert.equal(back.searchParams.get('error'), tells)
      assert.match(back.searchParams.get('error_description') ?? '', new RegExp(`AADSTS${code}`))
      assert.equal(back.searchParams.get('state'), 'client-state')
      assert.equal(back.searchParams.get('iss'), appOrigin)
      assert.equal(back.searchParams.get('code'), null)

      const [line] = at.takeRecords()
      assert.equal(line?.outcome, 'sign_in_failed')
      assert.match(line.detail ?? '', new RegExp(`AADSTS${code}`))
      assert.doesNotMatch(JSON.stringify(line), /Planted|client-state/)
    })
  }

  const declined: Form[] = [
    { error: 'access_denied', error_description: 'AADSTS65004: x' },
    { error: 'access_denied', error_subcode: 'cancel' },
  ]
  for (const parameters of declined) {
    test(`a person who declines (${JSON.stringify(parameters)}) returns straight to the client`, async () => {
      const response = await comesBack(parameters)
      assert.equal(response.status, 302)
      const { searchParams } = new URL(response.headers.get('location') ?? '')
      assert.equal(searchParams.get('error'), 'access_denied')
    })
  }

  test('a callback with neither a code nor an error is a page without a way on', async () => {
    const response = await comesBack({})
    assert.equal(response.status, 400)
    assert.match(await response.text(), /neither a code nor an error/)
  })

  test('an error of Entra at the token endpoint reaches the client with its number', async () => {
    const response = await comesBack({ code: 'made-up' })
    const { searchParams } = new URL(response.headers.get('location') ?? '')
    const { status, error, error_description } = await tokenRequest(
      at,
      codeForm(client, searchParams.get('code')),
    )
    assert.deepEqual([status, error], [400, 'invalid_grant'])
    assert.match(String(error_description), /AADSTS\d+/)
  })
})

suite('prompt=none (OpenID Connect Core §3.1.2.6) shows no page', () => {
  let silent: Cookies
  let begun: URL
  before(async () => {
    const client = await registeredClient(at)
    silent = at.browser()
    await signedIn(at, client, { browser: silent })
    const response = await silent.fetch(authorizeUrl(client, { prompt: 'none' }))
    begun = new URL(response.headers.get('location') ?? '')
  })
  const ends = async (back: URL, error: string) => {
    const response = await silent.fetch(back)
    assert.equal(response.status, 302)
    const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '')
    assert.equal(`${origin}${pathname}`, redirectUri)
    assert.equal(searchParams.get('error'), error)
    assert.equal(searchParams.get('state'), 'client-state')
  }

  test('a person who is not signed in at Microsoft is login_required', async () => {
    const answered = await silent.fetch(begun)
    await ends(new URL(answered.headers.get('location') ?? ''), 'login_required')
  })

  const errors: [error: string, code: number, tells?: string][] = [
    ['login_required', 50058],
    ['interaction_required', 50076],
    ['consent_required', 65001],
    ['access_denied', 53003],
    ['temporarily_unavailable', 90033],
    ['unauthorized_client', 700016, 'server_error'],
  ]
  for (const [error, code, tells = error] of errors) {
    test(`AADSTS${code} is ${tells}`, async () => {
      const back = new URL(`${appOrigin}/oauth/callback`)
      const state = begun.searchParams.get('state') ?? undefined
      back.search = `${encode({ error, error_description: `AADSTS${code}: x`, state })}`
      await ends(back, tells)
    })
  }
})

suite('without the authorization server', () => {
  for (const path of [
    '/oauth/authorize',
    '/oauth/callback',
    '/oauth/token',
    '/oauth/register',
    '/oauth/revoke',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ]) {
    test(`${path} is not served`, async () => {
      assert.equal((await off.get(path)).status, 404)
    })
  }

  const refusals = rows.filter(({ status }) => status !== 503)
  for (const { error, code } of [...refusals, { error: 'access_denied', code: 65004 }]) {
    test(`AADSTS${code} at /consent/callback is a page that says who can fix it`, async () => {
      const parameters = { error, error_description: `AADSTS${code}: Planted text.` }
      const response = await off.get(`/consent/callback?${encode(parameters)}`)
      assert.ok([400, 403, 502].includes(response.status), String(response.status))
      const text = await response.text()
      assert.match(text, new RegExp(`AADSTS${code}`))
      assert.match(
        text,
        /Ask an administrator|operator|try once more|Wait a few minutes|Give this link/,
      )
      assert.doesNotMatch(text, /Planted|expected|invalid_type/)
    })
  }
})
