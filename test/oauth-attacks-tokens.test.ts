/**
 * Attacks on the authorization server with codes, refresh tokens and other values that it has sealed: RFC 9700 (OAuth
 * 2.0 security), OAuth 2.1, RFC 7636 (PKCE), RFC 7009 (revocation).
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { alice, bob, tenantId } from '../local/seed.ts'
import { appOrigin, encode, type Form } from './support/entra-client.ts'
import {
  authorizeUrl,
  codeForm,
  grantedTokens,
  type OAuthApp,
  oauthApp,
  redirectUri,
  refresh,
  registeredClient,
  requestIn,
  signedIn,
  startOAuth,
  tokenRequest,
  verifier,
} from './support/oauth-app.ts'
import { cacheKey } from './support/shared-cache.ts'

let parts: Awaited<ReturnType<typeof startOAuth>>
let at: OAuthApp
let client: string
let now: number
before(async () => {
  parts = await startOAuth()
})
after(() => parts.close())
beforeEach(async () => {
  parts.entra.admin.reset()
  now = Date.now()
  at = oauthApp(parts.environment, { now: () => now })
  client = await registeredClient(at)
})

const code = async (changes: Form = {}) => (await signedIn(at, client, { changes })).get('code')
const refused = async (form: Form, error = 'invalid_grant') => {
  const answer = await tokenRequest(at, form)
  assert.equal(answer.error, error)
  assert.equal(answer.access_token, '')
  assert.equal(answer.refresh_token, '')
}

suite('code injection and replay (RFC 9700 §4.5, RFC 6749 §10.5)', () => {
  test('a code is good once', async () => {
    const form = codeForm(client, await code())
    assert.equal((await tokenRequest(at, form)).status, 200)
    await refused(form)
  })

  test('a code that is used again ends the sign-in that its first use began, and no other', async () => {
    const form = codeForm(client, await code())
    const { refresh_token } = await tokenRequest(at, form)
    const other = await grantedTokens(at, client)
    await refused(form)
    assert.equal((await refresh(at, client, refresh_token)).error, 'invalid_grant')
    assert.equal((await refresh(at, client, other.refresh_token)).status, 200)
  })

  test('a code that is used again with a wrong proof key ends nothing', async () => {
    const form = codeForm(client, await code())
    const { refresh_token } = await tokenRequest(at, form)
    await refused({ ...form, code_verifier: 'x'.repeat(43) })
    assert.equal((await refresh(at, client, refresh_token)).status, 200)
  })

  test('one of several parallel uses of a code gets a token, and its sign-in has ended', async () => {
    const form = codeForm(client, await code())
    const answers = await Promise.all([1, 2, 3, 4].map(() => tokenRequest(at, form)))
    const [given, ...others] = answers.filter(({ status }) => status === 200)
    assert.deepEqual(others, [])
    assert.equal((await refresh(at, client, given?.refresh_token ?? '')).error, 'invalid_grant')
  })

  suite('an answer of Entra that is not as expected', () => {
    let change: ((answer: object) => object) | undefined
    let last: object = {}
    let odd: OAuthApp
    let id: string
    before(async () => {
      odd = oauthApp(parts.environment, {
        async fetch(input, init) {
          const answer = await fetch(input, init)
          if (!String(init?.body).includes('grant_type=')) return answer
          last = z.looseObject({}).parse(await answer.json())
          const changed = change?.(last) ?? last
          change = undefined
          return Response.json(changed, { status: answer.status })
        },
      })
      id = await registeredClient(odd)
    })
    const without = (name: string) => (answer: object) =>
      Object.fromEntries(Object.entries(answer).filter(([key]) => key !== name))

    test('a refresh without a new refresh token keeps the one that was used', async () => {
      const { refresh_token: first } = await grantedTokens(odd, id)
      change = without('refresh_token')
      const second = await refresh(odd, id, first)
      assert.equal(second.status, 200)
      assert.equal((await refresh(odd, id, second.refresh_token)).status, 200)
    })

    test('a sign-in without a refresh token gives an access token alone', async () => {
      const back = await signedIn(odd, id)
      change = without('refresh_token')
      const form = encode(codeForm(id, back.get('code')))
      const answer = await odd.fetch(`${appOrigin}/oauth/token`, { method: 'POST', body: form })
      const names = Object.keys(z.looseObject({}).parse(await answer.json()))
      assert.deepEqual(names.sort(), ['access_token', 'expires_in', 'token_type'])
    })

    test('an answer whose lifetime is no number is server_error', async () => {
      const { refresh_token } = await grantedTokens(odd, id)
      change = (answer) => ({ ...answer, expires_in: 'soon' })
      const { status, error } = await refresh(odd, id, refresh_token)
      assert.deepEqual([status, error], [502, 'server_error'])
    })

    test('a refresh that is answered for another user gives nothing', async () => {
      await grantedTokens(odd, id, { upn: bob.upn })
      const ofBob = last
      const { refresh_token } = await grantedTokens(odd, id)
      change = () => ofBob
      const { status, error } = await refresh(odd, id, refresh_token)
      assert.deepEqual([status, error], [502, 'server_error'])
    })
  })

  const stolen: [what: string, changes: () => Form | Promise<Form>, error?: string][] = [
    ['by another client', async () => ({ client_id: await registeredClient(at) })],
    ['by no client', () => ({ client_id: undefined }), 'invalid_client'],
    ['by a client that is not known', () => ({ client_id: 'unknown' }), 'invalid_client'],
    ['by a client whose id is a URL', () => ({ client_id: 'https://client.example/x' })],
    ['with another redirect URI', () => ({ redirect_uri: 'http://localhost:9000/other' })],
    ['with another port', () => ({ redirect_uri: redirectUri.replace('9000', '9001') })],
    ['for another endpoint', () => ({ resource: `${appOrigin}/mcp/other` }), 'invalid_target'],
    ['for another server', () => ({ resource: 'https://elsewhere.example' }), 'invalid_target'],
  ]
  for (const [what, changes, error] of stolen) {
    test(`a code that is used ${what} gives nothing, and stays good`, async () => {
      const form = codeForm(client, await code())
      await refused({ ...form, ...(await changes()) }, error)
      assert.equal((await tokenRequest(at, form)).status, 200)
    })
  }

  test('a code expires after a minute', async () => {
    const form = codeForm(client, await code())
    now += 61_000
    await refused(form)
  })
})

suite('an invalid authorization request', () => {
  const invalid: [name: string, value: string, said: RegExp][] = [
    ['scope', 'x'.repeat(4_001), /scope may have 4000 characters at most/],
    ['resource', 'x'.repeat(1_001), /resource may have 1000 characters at most/],
    ['claims', '[]', /claims must be a JSON object/],
    ['prompt', 'login create', /prompt may contain only none, login, consent, select_account/],
  ]
  for (const [name, value, said] of invalid) {
    test(`an invalid ${name} is refused in words`, async () => {
      const { pathname, search } = authorizeUrl(client, { [name]: value })
      const location = (await at.get(`${pathname}${search}`)).headers.get('location') ?? ''
      assert.match(new URL(location).searchParams.get('error_description') ?? '', said)
    })
  }
})

suite('PKCE downgrade (RFC 9700 §4.8.2, RFC 7636)', () => {
  const challenges: [what: string, changes: Form][] = [
    ['none', { code_challenge: undefined, code_challenge_method: undefined }],
    ['without a method, which means plain', { code_challenge_method: undefined }],
    ['plain', { code_challenge: verifier, code_challenge_method: 'plain' }],
    ['of another method', { code_challenge_method: 's256' }],
    ['too short', { code_challenge: 'x'.repeat(42) }],
    ['too long', { code_challenge: 'x'.repeat(44) }],
    ['padded', { code_challenge: `${'x'.repeat(42)}=` }],
  ]
  for (const [what, changes] of challenges) {
    test(`a challenge that is ${what} begins no sign-in`, async () => {
      const { pathname, search } = authorizeUrl(client, changes)
      const location = (await at.get(`${pathname}${search}`)).headers.get('location') ?? ''
      assert.match(location, /error=invalid_request/)
      assert.match(location, /code_challenge(_method)?\+must\+be/)
      assert.ok(location.startsWith(redirectUri))
    })
  }

  const verifiers: [what: string, code_verifier: string | undefined, error?: string][] = [
    ['none', undefined, 'invalid_request'],
    ['empty', '', 'invalid_request'],
    ['another', 'x'.repeat(43)],
    ['the challenge itself', hash('sha256', verifier, 'base64url')],
    ['too short', 'x'.repeat(42), 'invalid_request'],
    ['too long', 'x'.repeat(129), 'invalid_request'],
    ['of other characters', 'ä'.repeat(43), 'invalid_request'],
  ]
  for (const [what, code_verifier, error] of verifiers) {
    test(`a verifier that is ${what} gives nothing, and the code is not spent`, async () => {
      const form = codeForm(client, await code())
      await refused({ ...form, code_verifier }, error)
      assert.equal((await tokenRequest(at, form)).status, 200)
    })
  }
})

suite('refresh token replay (RFC 9700 §4.14.2, OAuth 2.1 §4.3.1)', () => {
  test('each refresh gives another refresh token, and the access token is Entra’s', async () => {
    const first = await grantedTokens(at, client)
    const second = await refresh(at, client, first.refresh_token)
    assert.equal(second.status, 200)
    assert.notEqual(second.refresh_token, first.refresh_token)
    await at.services.validate(second.access_token)
  })

  test('a token that was used before ends the sign-in of both, thief and client', async () => {
    const stolen = await grantedTokens(at, client)
    const { refresh_token: next } = await refresh(at, client, stolen.refresh_token)
    now += 61_000
    const latest = await refresh(at, client, next)
    assert.equal(latest.status, 200)
    assert.equal((await refresh(at, client, stolen.refresh_token)).error, 'invalid_grant')
    assert.equal((await refresh(at, client, latest.refresh_token)).error, 'invalid_grant')
  })

  test('the previous token is a parallel use within a minute, and gets the same generation', async () => {
    const { refresh_token: first } = await grantedTokens(at, client)
    const one = await refresh(at, client, first)
    now += 59_000
    const other = await refresh(at, client, first)
    assert.deepEqual([one.status, other.status], [200, 200])
    for (const { refresh_token } of [one, other]) {
      assert.equal((await refresh(at, client, refresh_token)).status, 200)
    }
  })

  test('the previous token is a replay after a minute', async () => {
    const { refresh_token: first } = await grantedTokens(at, client)
    const { refresh_token: next } = await refresh(at, client, first)
    now += 60_000
    assert.equal((await refresh(at, client, first)).error, 'invalid_grant')
    assert.equal((await refresh(at, client, next)).error, 'invalid_grant')
  })

  test('a token of two generations back is a replay at once', async () => {
    const { refresh_token: first } = await grantedTokens(at, client)
    const { refresh_token: second } = await refresh(at, client, first)
    const { refresh_token: third } = await refresh(at, client, second)
    assert.equal((await refresh(at, client, first)).error, 'invalid_grant')
    assert.equal((await refresh(at, client, third)).error, 'invalid_grant')
  })

  test('parallel uses each get tokens, and all of them stay valid', async () => {
    const { refresh_token: first } = await grantedTokens(at, client)
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(at, client, first)))
    for (const { status } of answers) assert.equal(status, 200)
    const again = await Promise.all(answers.map((it) => refresh(at, client, it.refresh_token)))
    for (const { status } of again) assert.equal(status, 200)
  })

  test('a refresh that Entra answers late ends nothing, although others refreshed meanwhile', async () => {
    const gate = Promise.withResolvers<void>()
    let late = false
    const slow = oauthApp(parts.environment, {
      async fetch(input, init) {
        const answer = await fetch(input, init)
        if (late && String(init?.body).includes('grant_type=refresh_token')) {
          late = false
          await gate.promise
        }
        return answer
      },
    })
    const id = await registeredClient(slow)
    const { refresh_token: first } = await grantedTokens(slow, id)
    late = true
    const delayed = refresh(slow, id, first)
    while (late) await new Promise(setImmediate)
    const second = await refresh(slow, id, first)
    const third = await refresh(slow, id, second.refresh_token)
    gate.resolve()
    const overtaken = await delayed
    assert.equal((await refresh(slow, id, third.refresh_token)).status, 200)
    assert.equal((await refresh(slow, id, overtaken.refresh_token)).status, 200)
  })

  test('a refresh gives no tokens when its sign-in ends meanwhile', async () => {
    let revoke: (() => Promise<unknown>) | undefined
    const slow = oauthApp(parts.environment, {
      async fetch(input, init) {
        const answer = await fetch(input, init)
        const ending = revoke
        revoke = undefined
        await ending?.()
        return answer
      },
    })
    const id = await registeredClient(slow)
    const { refresh_token: token } = await grantedTokens(slow, id)
    revoke = () => slow.post('/oauth/revoke', { token, client_id: id })
    assert.equal((await refresh(slow, id, token)).error, 'invalid_grant')
  })

  const stolen: [what: string, changes: () => Form | Promise<Form>, error?: string][] = [
    ['by another client', async () => ({ client_id: await registeredClient(at) })],
    ['by a client that is not known', () => ({ client_id: 'unknown' }), 'invalid_client'],
    ['for another server', () => ({ resource: 'https://elsewhere.example' }), 'invalid_target'],
    ['for more scopes', () => ({ scope: 'cost.read cost.export' }), 'invalid_scope'],
    ['for a scope that is none', () => ({ scope: 'nonsense' }), 'invalid_scope'],
  ]
  for (const [what, changes, error = 'invalid_grant'] of stolen) {
    test(`a refresh ${what} gives nothing, and ends nothing`, async () => {
      const { refresh_token } = await grantedTokens(at, client)
      assert.equal((await refresh(at, client, refresh_token, await changes())).error, error)
      assert.equal((await refresh(at, client, refresh_token)).status, 200)
    })
  }

  test('a restart without a table makes a refresh invalid_grant, so that the client signs in', async () => {
    const { refresh_token } = await grantedTokens(at, client)
    const restarted = oauthApp(parts.environment)
    assert.equal((await refresh(restarted, client, refresh_token)).error, 'invalid_grant')
  })

  test('an outage of Entra ends no sign-in', async () => {
    const { refresh_token } = await grantedTokens(at, client)
    parts.entra.admin.addFault({ kind: 'status', on: 'token' })
    const { status, error } = await refresh(at, client, refresh_token)
    assert.deepEqual([status, error], [503, 'temporarily_unavailable'])
    parts.entra.admin.clearFaults()
    assert.equal((await refresh(at, client, refresh_token)).status, 200)
  })

  test('a refusal by Entra ends the sign-in at the client', async () => {
    const { refresh_token } = await grantedTokens(at, client)
    parts.entra.admin.addFault({
      kind: 'refusal',
      on: 'token',
      error: 'invalid_grant',
      code: 50173,
    })
    assert.equal((await refresh(at, client, refresh_token)).error, 'invalid_grant')
  })
})

suite('while Entra is out (RFC 6749 §5.2)', () => {
  const outage = (retryAfter?: number) =>
    parts.entra.admin.addFault({
      kind: 'status',
      on: 'token',
      ...(retryAfter && { retryAfter }),
    })
  const askedOfEntra = () => parts.entra.admin.requests({ kind: 'token' }).length
  const answer = (form: Form) => at.post('/oauth/token', form)
  const refreshForm = (refresh_token: string): Form => ({
    ...{ grant_type: 'refresh_token', client_id: client, refresh_token },
  })

  test('each grant answers 503 with Entra’s Retry-After, and tries once', async () => {
    const forms = [
      refreshForm((await grantedTokens(at, client)).refresh_token),
      codeForm(client, await code()),
    ]
    for (const form of forms) {
      outage(7)
      parts.entra.admin.clearRequests()
      const { status, headers } = await answer(form)
      assert.deepEqual([status, headers.get('retry-after')], [503, '7'])
      assert.equal(askedOfEntra(), 1)
      // Entra is not asked meanwhile, even when the client tries again.
      for (const _ of [1, 2, 3]) assert.equal((await answer(form)).status, 503)
      assert.equal(askedOfEntra(), 1)
      parts.entra.admin.clearFaults()
    }
    now += 7_000
    for (const form of forms) assert.equal((await answer(form)).status, 200)
  })

  test('one user’s outage affects neither another user nor their sign-ins', async () => {
    const alices = refreshForm((await grantedTokens(at, client)).refresh_token)
    const bobs = await grantedTokens(at, client, { upn: 'bob@contoso.example' })
    outage(60)
    for (const _ of [1, 2, 3, 4]) assert.equal((await answer(alices)).status, 503)
    parts.entra.admin.clearFaults()
    assert.equal((await answer(refreshForm(bobs.refresh_token))).status, 200)
    assert.equal((await grantedTokens(at, client)).status, 200)
    assert.equal((await answer(alices)).status, 503)
  })

  test('a short outage does not reach a client that refreshes', async () => {
    const { refresh_token } = await grantedTokens(at, client)
    parts.entra.admin.addFault({ kind: 'status', on: 'token', times: 1 })
    assert.equal((await answer(refreshForm(refresh_token))).status, 200)
  })
})

suite('ending a sign-in (RFC 7009)', () => {
  const purge = () =>
    at.json(
      '/token-cache/purge',
      { tenantId, objectId: alice.oid },
      { 'x-admin-key': 'the-admin-key' },
    )

  test('a purge ends all refresh tokens of the user, and no other', async () => {
    const tokens = [await grantedTokens(at, client), await grantedTokens(at, client)]
    const bobs = await grantedTokens(at, client, { upn: 'bob@contoso.example' })
    assert.equal((await purge()).status, 200)
    for (const { refresh_token } of tokens) {
      assert.equal((await refresh(at, client, refresh_token)).error, 'invalid_grant')
    }
    assert.equal((await refresh(at, client, bobs.refresh_token)).status, 200)
  })

  test('revocation ends that sign-in and no other', async () => {
    const [one, other] = [await grantedTokens(at, client), await grantedTokens(at, client)]
    await at.post('/oauth/revoke', { token: one.refresh_token, client_id: client })
    assert.equal((await refresh(at, client, one.refresh_token)).error, 'invalid_grant')
    assert.equal((await refresh(at, client, other.refresh_token)).status, 200)
  })

  test('another client cannot revoke, and is told nothing (RFC 7009 §2.2)', async () => {
    const { refresh_token } = await grantedTokens(at, client)
    const stranger = await registeredClient(at)
    for (const form of [
      { token: refresh_token, client_id: stranger },
      { token: refresh_token },
      { token: 'x', client_id: client },
    ]) {
      const response = await at.post('/oauth/revoke', form)
      assert.deepEqual([response.status, await response.text()], [200, ''])
    }
    const withoutToken = await at.post('/oauth/revoke', { client_id: client })
    assert.equal(withoutToken.status, 400)
    assert.match(await withoutToken.text(), /"invalid_request".*token is missing/)
    assert.equal((await refresh(at, client, refresh_token)).status, 200)
  })
})

suite('a sealed value of one kind used as another, tampered, or of other keys', () => {
  /** One value of each kind, as clients and browsers get them. */
  const sealedValues = async () => {
    const browser = at.browser()
    const shown = await browser.fetch(authorizeUrl(client))
    const cookie = /=([^;]+)/.exec(shown.headers.getSetCookie()[0] ?? '')?.[1] ?? ''
    const request = requestIn(await shown.text())
    const begun = await browser.fetch(
      new URL(`${appOrigin}/oauth/authorize`),
      encode({ request, decision: 'allow' }),
    )
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const { refresh_token } = await grantedTokens(at, client)
    return { client, cookie, request, state, code: (await code()) ?? '', refresh_token }
  }
  type Kind = keyof Awaited<ReturnType<typeof sealedValues>>
  const uses: Record<Kind, (value: string) => Promise<boolean>> = {
    client: async (value) => {
      const { pathname, search } = authorizeUrl(value)
      return (await at.get(`${pathname}${search}`)).status === 200
    },
    cookie: async (value) => {
      const { pathname, search } = authorizeUrl(client)
      const headers = { cookie: `__Host-authorization=${value}` }
      const response = await at.fetch(`${appOrigin}${pathname}${search}`, {
        headers,
        redirect: 'manual',
      })
      // A browser that is known gets no new cookie.
      return response.headers.getSetCookie().length === 0
    },
    request: async (value) =>
      (await at.post('/oauth/authorize', { request: value, decision: 'allow' })).status === 302,
    state: async (value) => {
      const response = await at.get(`/oauth/callback?${encode({ state: value, code: 'x' })}`)
      return !/not a sign-in of this server/.test(await response.text())
    },
    code: async (value) => (await tokenRequest(at, codeForm(client, value))).status === 200,
    refresh_token: async (value) => (await refresh(at, client, value)).status === 200,
  }
  const kinds = ['client', 'cookie', 'request', 'state', 'code', 'refresh_token'] as const
  for (const use of kinds) {
    test(`as ${use}, other kinds and changed values are refused`, async () => {
      const values = await sealedValues()
      for (const kind of kinds.filter((it) => it !== use)) {
        assert.equal(await uses[use](values[kind]), false, kind)
      }
      const value = values[use]
      const middle = Math.floor(value.length / 2)
      const flipped = value[middle] === 'A' ? 'B' : 'A'
      const changed = [
        `${value.slice(0, middle)}${flipped}${value.slice(middle + 1)}`,
        value.slice(0, -1),
        `${value}A`,
        `${value}.`,
        value.slice(value.indexOf('.')),
        value.toUpperCase(),
        '',
      ]
      for (const it of changed) assert.equal(await uses[use](it), false, it)
      if (use !== 'request') assert.equal(await uses[use](value), true)
    })
  }

  test('each kind is sealed for one purpose: no other purpose opens it', async () => {
    const opens = (purpose: string, value: string) => {
      try {
        return at.services.keys.seal(`oauth ${purpose}`).open(value) !== ''
      } catch {
        return false
      }
    }
    const purposes = ['client', 'browser', 'consent', 'state', 'code', 'refresh token']
    for (const value of Object.values(await sealedValues())) {
      assert.equal(purposes.filter((purpose) => opens(purpose, value)).length, 1)
    }
  })

  const keys = (...configured: { kid: string; key: string }[]) => ({
    ...parts.environment,
    ENCRYPTION_KEYS: JSON.stringify(configured),
  })
  const [older, newer, stranger] = [
    cacheKey('older', 1),
    cacheKey('newer', 2),
    cacheKey('older', 3),
  ]

  test('values of an older key are accepted while that key is configured', async () => {
    at = oauthApp(keys(older))
    client = await registeredClient(at)
    const form = codeForm(client, await code())
    at = oauthApp(keys(newer, older))
    assert.equal((await tokenRequest(at, form)).status, 200)
  })

  for (const [what, left] of [
    ['once its key is gone', newer],
    ['under another key of the same name', stranger],
  ] as const) {
    test(`a client id ${what} is invalid_client, so that the client registers again`, async () => {
      at = oauthApp(keys(older))
      client = await registeredClient(at)
      const { refresh_token } = await grantedTokens(at, client)
      const form = codeForm(client, await code())
      at = oauthApp(keys(left))
      await refused(form, 'invalid_client')
      assert.equal((await refresh(at, client, refresh_token)).error, 'invalid_client')
    })
  }
})

suite('requests to the token endpoint', () => {
  const odd: [what: string, form: Form, error: string][] = [
    ['no grant', {}, 'invalid_request'],
    ['password', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['client credentials', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    [
      'token exchange',
      { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' },
      'unsupported_grant_type',
    ],
    ['a code grant without a client', { grant_type: 'authorization_code' }, 'invalid_client'],
  ]
  for (const [what, form, error] of odd) {
    test(`${what}: ${error}`, () => refused(form, error))
  }

  const misplaced: [what: string, request: (form: URLSearchParams) => RequestInit, query?: true][] =
    [
      ['in the query', () => ({}), true],
      ['as JSON', (form) => ({ body: JSON.stringify(Object.fromEntries(form)) })],
      ['behind 64 KiB of others', (form) => ({ body: `${'x=&'.repeat(22_000)}${form}` })],
    ]
  for (const [what, request, isQuery] of misplaced) {
    test(`parameters ${what} are not read`, async () => {
      const form = codeForm(client, await code())
      const url = `${appOrigin}/oauth/token${isQuery ? `?${encode(form)}` : ''}`
      const response = await at.fetch(url, { method: 'POST', ...request(encode(form)) })
      assert.equal(response.status, 400)
      assert.match(await response.text(), /"error":"invalid_request"/)
      assert.equal((await tokenRequest(at, form)).status, 200)
    })
  }

  test('Basic credentials are no client, and are answered as such (RFC 6749 §5.2)', async () => {
    const { client_id: _, ...form } = codeForm(client, await code())
    const authorization = `Basic ${Buffer.from(`${client}:secret`).toString('base64')}`
    const response = await at.fetch(`${appOrigin}/oauth/token`, {
      ...{ method: 'POST', body: encode(form), headers: { authorization } },
    })
    assert.equal(response.status, 401)
    assert.match(response.headers.get('www-authenticate') ?? '', /^Basic /)
  })

  for (const name of ['grant_type', 'client_id', 'code', 'code_verifier', 'resource']) {
    test(`${name} that comes twice is refused (RFC 6749 §3.2)`, async () => {
      const form = encode({ ...codeForm(client, await code()), resource: `${appOrigin}/mcp/cost` })
      form.append(name, form.get(name) ?? '')
      const response = await at.fetch(`${appOrigin}/oauth/token`, { method: 'POST', body: form })
      assert.deepEqual(
        [response.status, /invalid_request/.test(await response.text())],
        [400, true],
      )
    })
  }

  test('answers are not cached, and pages of any origin may read them since no cookie counts', async () => {
    const response = await at.post('/oauth/token', codeForm(client, await code()))
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.equal(response.headers.get('access-control-allow-credentials'), null)
  })

  test('strangers cannot fill the log', async () => {
    at.takeRecords()
    for (let count = 0; count < 100; count += 1)
      await refused({ grant_type: 'password' }, 'unsupported_grant_type')
    assert.ok(at.takeRecords().length <= 11)
  })
})
