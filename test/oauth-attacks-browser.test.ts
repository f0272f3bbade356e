/**
 * Attacks on the authorization server through a person's browser, each named as RFC 9700 (OAuth 2.0 security), OAuth
 * 2.1 or MCP's security best practices name it, with the section.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { bob } from '../local/seed.ts'
import { appOrigin, encode, type Form } from './support/entra-client.ts'
import {
  authorizeUrl,
  begunSignIn,
  codeForm,
  grantedTokens,
  type OAuthApp,
  oauthApp,
  redirectUri,
  registeredClient,
  requestIn,
  signedIn,
  startOAuth,
  tokenRequest,
} from './support/oauth-app.ts'
import type { Cookies } from './support/sign-in.ts'

let parts: Awaited<ReturnType<typeof startOAuth>>
let at: OAuthApp
let victim: Cookies
before(async () => {
  parts = await startOAuth()
  at = oauthApp(parts.environment)
})
after(() => parts.close())
beforeEach(() => {
  parts.entra.admin.reset()
  victim = at.browser()
})

const decide = (browser: Cookies, form: Form) =>
  browser.fetch(new URL(`${appOrigin}/oauth/authorize`), encode(form))
const locationOf = (response: Response) => response.headers.get('location') ?? ''
const toEntra = (response: Response) => locationOf(response).startsWith(parts.entra.origin)
/** The sealed request in the consent page that this browser gets. */
const shown = async (browser: Cookies, url: URL) => {
  const response = await browser.fetch(url)
  assert.equal(response.status, 200)
  return requestIn(await response.text())
}

suite('confused deputy (MCP security best practices)', () => {
  const other = 'http://localhost:9000/other'
  let allowed: string
  beforeEach(async () => {
    allowed = await registeredClient(at, { redirect_uris: [redirectUri, other] })
    await signedIn(at, allowed, { browser: victim })
  })

  test('a client that was allowed is not asked about again', async () => {
    assert.ok(toEntra(await victim.fetch(authorizeUrl(allowed))))
  })

  const others: [what: string, url: () => Promise<URL>][] = [
    [
      'another client with the same name and redirect URI',
      async () => authorizeUrl(await registeredClient(at, { redirect_uris: [redirectUri] })),
    ],
    ['another redirect URI', async () => authorizeUrl(allowed, { redirect_uri: other })],
    ['more scopes', async () => authorizeUrl(allowed, { scope: 'cost.read cost.export' })],
    ['another scope', async () => authorizeUrl(allowed, { scope: 'cost.export' })],
    ['a client that asks to be asked', async () => authorizeUrl(allowed, { prompt: 'consent' })],
  ]
  for (const [what, url] of others) {
    test(`the cookie of a client that was allowed skips no page for ${what}`, async () => {
      const response = await victim.fetch(await url())
      assert.equal(response.status, 200)
      assert.match(await response.text(), /<form method="post" action="\/oauth\/authorize">/)
    })
  }

  test('the cookie is of no use in another browser after it was forgotten here', async () => {
    const request = await shown(victim, authorizeUrl(allowed, { prompt: 'consent' }))
    const forgotten = await decide(victim, { request, decision: 'forget' })
    assert.equal(new URL(locationOf(forgotten)).searchParams.get('error'), 'access_denied')
    assert.equal((await victim.fetch(authorizeUrl(allowed))).status, 200)
  })

  test('another port of a loopback client is the same client', async () => {
    const moved = authorizeUrl(allowed, { redirect_uri: redirectUri.replace('9000', '9001') })
    assert.ok(toEntra(await victim.fetch(moved)))
  })

  test('prompt=none gets no token and no page for a client that was not allowed', async () => {
    const stranger = await registeredClient(at)
    const response = await victim.fetch(authorizeUrl(stranger, { prompt: 'none' }))
    assert.equal(new URL(locationOf(response)).searchParams.get('error'), 'consent_required')
  })
})

suite('CSRF on consent (RFC 9700 §4.16; RFC 6819 §4.4.1.8)', () => {
  const urlOf = async () => authorizeUrl(await registeredClient(at))
  const forged: [what: string, request: () => Promise<string>][] = [
    ['a page that the attacker was shown', async () => shown(at.browser(), await urlOf())],
    ['no page at all', async () => ''],
    ['a made-up request', async () => 'eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA'],
    [
      'a page that was changed',
      async () => {
        const request = await shown(victim, await urlOf())
        const [header, key, iv, text = '', tag] = request.split('.')
        const changed = `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`
        return [header, key, iv, changed, tag].join('.')
      },
    ],
    ['the client id in its place', () => registeredClient(at)],
  ]
  for (const [what, request] of forged) {
    test(`a form with ${what} allows nothing`, async () => {
      await victim.fetch(await urlOf())
      const response = await decide(victim, { request: await request(), decision: 'allow' })
      assert.equal(response.status, 400)
      assert.equal(locationOf(response), '')
      assert.deepEqual(response.headers.getSetCookie(), [])
    })
  }

  test('a form from another site comes without the cookie (SameSite), and allows nothing', async () => {
    const request = await shown(victim, await urlOf())
    const response = await decide(at.browser(), { request, decision: 'allow' })
    assert.equal(response.status, 400)
  })

  for (const site of ['cross-site', 'same-site', 'none']) {
    test(`a form that the browser calls ${site} allows nothing, cookie or not`, async () => {
      const shown = await at.fetch(await urlOf())
      const cookie = shown.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const post = (from: string) =>
        at.fetch(`${appOrigin}/oauth/authorize`, {
          ...{ method: 'POST', redirect: 'manual' as const },
          headers: { cookie, 'sec-fetch-site': from },
          body: encode({ request, decision: 'allow' }),
        })
      const request = requestIn(await shown.text())
      assert.equal((await post(site)).status, 400)
      assert.equal((await post('same-origin')).status, 302)
    })
  }

  test('a form that is sent after ten minutes allows nothing', async () => {
    let now = Date.now()
    const slow = oauthApp(parts.environment, { now: () => now })
    const browser = slow.browser()
    const request = await shown(browser, authorizeUrl(await registeredClient(slow)))
    now += 10 * 60_000 + 1_000
    assert.equal((await decide(browser, { request, decision: 'allow' })).status, 400)
  })

  for (const decision of ['deny', undefined, 'ALLOW', 'allow ']) {
    test(`a form that says ${decision} is a no`, async () => {
      const request = await shown(victim, await urlOf())
      const location = new URL(locationOf(await decide(victim, { request, decision })))
      assert.equal(location.searchParams.get('error'), 'access_denied')
      assert.equal(location.searchParams.get('iss'), appOrigin)
    })
  }
})

suite('login CSRF and session fixation (RFC 9700 §4.7)', () => {
  /** Entra's answer to a sign-in that `browser` has begun, not yet followed. */
  const comingBack = async (browser: Cookies, user = bob) => {
    const url = authorizeUrl(await registeredClient(at), { login_hint: user.upn })
    const answered = await browser.fetch(await begunSignIn(browser, url))
    return new URL(locationOf(answered))
  }

  test('a sign-in that began in this browser ends in it', async () => {
    const response = await victim.fetch(await comingBack(victim))
    assert.ok(locationOf(response).startsWith(redirectUri))
  })

  test('a sign-in of the attacker does not end in the browser of the victim', async () => {
    const attacker = at.browser()
    const back = await comingBack(attacker)
    for (const browser of [victim, at.browser()]) {
      const response = await browser.fetch(back)
      assert.equal(response.status, 400)
      assert.equal(locationOf(response), '')
      assert.match(await response.text(), /began in another browser/)
    }
  })

  test('a cookie that the attacker made up gets an id of its own', async () => {
    const back = await comingBack(victim)
    const headers = { cookie: '__Host-authorization=fixed; other=1' }
    const response = await at.fetch(back, { headers, redirect: 'manual' })
    assert.equal(response.status, 400)
  })

  test('the state of the victim with the code of the attacker gives no token', async () => {
    const victims = await comingBack(victim)
    const attackers = await comingBack(at.browser())
    const client = await registeredClient(at)
    victims.searchParams.set('code', attackers.searchParams.get('code') ?? '')
    const back = new URL(locationOf(await victim.fetch(victims)))
    // For any client: the code behind it is bound to another proof key and nonce.
    const form = codeForm(client, back.searchParams.get('code'))
    assert.equal((await tokenRequest(at, form)).error, 'invalid_grant')
  })

  const states: [what: string, state: string][] = [
    ['none', ''],
    ['made up', 'state'],
  ]
  for (const [what, state] of states) {
    test(`a state that is ${what} leads nowhere`, async () => {
      const response = await victim.fetch(
        new URL(`${appOrigin}/oauth/callback?code=x&state=${state}`),
      )
      assert.equal(response.status, 400)
      assert.equal(locationOf(response), '')
    })
  }

  test('a state that is older than ten minutes leads nowhere', async () => {
    let now = Date.now()
    const slow = oauthApp(parts.environment, { now: () => now })
    const browser = slow.browser()
    const begun = await begunSignIn(browser, authorizeUrl(await registeredClient(slow)))
    const state = begun.searchParams.get('state') ?? ''
    now += 10 * 60_000 + 1_000
    const back = new URL(`${appOrigin}/oauth/callback?${encode({ state, code: 'x' })}`)
    assert.match(await (await browser.fetch(back)).text(), /took too long/)
  })
})

suite('mix-up (RFC 9700 §4.4, RFC 9207)', () => {
  test('a code and an error name who issued them, as the metadata does', async () => {
    const client = await registeredClient(at)
    const metadata = z
      .looseObject({
        issuer: z.string(),
        authorization_response_iss_parameter_supported: z.literal(true),
      })
      .parse(await (await at.get('/.well-known/oauth-authorization-server')).json())
    assert.equal(metadata.issuer, appOrigin)
    assert.equal((await signedIn(at, client)).get('iss'), appOrigin)
    const refused = await victim.fetch(authorizeUrl(client, { scope: 'nonsense' }))
    assert.equal(new URL(locationOf(refused)).searchParams.get('iss'), appOrigin)
  })
})

suite('open redirect (RFC 9700 §4.11.2)', () => {
  const site = 'https://attacker.example/phish'
  const invalid: Form[] = [
    { scope: 'nonsense' },
    { response_type: 'token' },
    { resource: 'https://elsewhere.example' },
    { prompt: 'none' },
    { prompt: 'none login' },
    { response_mode: 'form_post' },
    ...['{', '[]', '"x"', 'null', `{"x":"${'x'.repeat(2_000)}"}`].map((claims) => ({ claims })),
    { login_hint: 'x'.repeat(257) },
    { scope: 'x'.repeat(4_001) },
    { state: 'x'.repeat(513) },
    { code_challenge: undefined },
  ]
  for (const changes of invalid) {
    test(`a link with ${JSON.stringify(changes).slice(0, 60)} does not lead to a site that has registered itself`, async () => {
      const client = await registeredClient(at, { redirect_uris: [site] })
      const response = await victim.fetch(authorizeUrl(client, { redirect_uri: site, ...changes }))
      assert.equal(response.status, 400)
      assert.equal(locationOf(response), '')
      assert.equal(response.headers.get('refresh'), null)
      assert.match(await response.text(), /Back to attacker\.example/)
    })
  }

  test('a state that is too long is not sent back', async () => {
    const client = await registeredClient(at)
    const response = await victim.fetch(authorizeUrl(client, { state: 'x'.repeat(513) }))
    const { searchParams } = new URL(locationOf(response))
    assert.deepEqual(
      [searchParams.get('error'), searchParams.get('state')],
      ['invalid_request', null],
    )
  })

  test('an application on this computer is told at once', async () => {
    const client = await registeredClient(at)
    const response = await victim.fetch(authorizeUrl(client, { scope: 'nonsense' }))
    const { searchParams } = new URL(locationOf(response))
    assert.equal(searchParams.get('error'), 'invalid_scope')
    assert.equal(searchParams.get('state'), 'client-state')
  })

  const unknown: [what: string, changes: Form][] = [
    ['a redirect URI that is not registered', { redirect_uri: 'https://attacker.example/' }],
    ['two redirect URIs', {}],
    ['an unknown client', { client_id: 'unknown' }],
    ['no client', { client_id: undefined }],
  ]
  for (const [what, changes] of unknown) {
    test(`${what}: a page, and no way on`, async () => {
      const url = authorizeUrl(await registeredClient(at), changes)
      if (what.startsWith('two')) url.searchParams.append('redirect_uri', site)
      const response = await victim.fetch(url)
      assert.equal(response.status, 400)
      assert.equal(locationOf(response), '')
      assert.doesNotMatch(await response.text(), /attacker\.example/)
    })
  }
})

suite('clickjacking (RFC 9700 §4.16), and cookies (RFC 6265bis §4.1.3.2)', () => {
  test('no page may be framed, run a script, or be kept', async () => {
    const client = await registeredClient(at)
    const pages = [
      await victim.fetch(authorizeUrl(client)),
      await victim.fetch(authorizeUrl('unknown')),
      await victim.fetch(new URL(`${appOrigin}/oauth/callback?state=x`)),
      await decide(victim, { request: 'x', decision: 'allow' }),
    ]
    for (const { headers } of pages) {
      assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'$/)
      assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; /)
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
    }
  })

  test('the cookie is of this host alone, over TLS, out of reach of scripts and of other sites’ forms', async () => {
    const response = await victim.fetch(authorizeUrl(await registeredClient(at)))
    const [cookie = '', ...more] = response.headers.getSetCookie()
    assert.deepEqual(more, [])
    assert.match(
      cookie,
      /^__Host-authorization=[\w.-]+; Path=\/; Max-Age=7776000; Secure; HttpOnly; SameSite=Lax$/,
    )
  })

  test('the cookie stays below 4 kB however much is allowed', async () => {
    for (let count = 0; count < 60; count += 1) {
      const client = await registeredClient(at, { client_name: `client ${count}` })
      const request = await shown(victim, authorizeUrl(client))
      const response = await decide(victim, { request, decision: 'allow' })
      assert.ok((response.headers.getSetCookie()[0] ?? '').length < 4_096)
    }
  })
})

suite('hostile client names (MCP security best practices)', () => {
  const names: [what: string, name: string, never: RegExp][] = [
    ['a script', '<script>alert(1)</script>', /<script/],
    ['an attribute', '" onmouseover="alert(1)', /" onmouseover/],
    ['lines', 'Good\r\n\r\nSet-Cookie: x', /Good\r?\n/],
    ['what turns the direction of writing', 'Good\u202Egnihtemos\u2066x', /[\u202E\u2066]/],
    ['what has no width', 'Micro\u200Bsoft\uFEFF', /[\u200B\uFEFF]/],
    ['blanks that are letters', 'Micro\u3164\u2800\u115Fsoft', /[\u3164\u2800\u115F]/],
    ['marks piled up', `Good${'\u0300'.repeat(50)}`, /\u0300{3}/],
  ]
  for (const [what, name, never] of names) {
    test(`a name with ${what} is text on one line`, async () => {
      const client = await registeredClient(at, { client_name: name })
      const text = await (await victim.fetch(authorizeUrl(client))).text()
      assert.doesNotMatch(text, never)
    })
  }

  test('a host of look-alike letters is shown as it is resolved (Unicode UTS #39)', async () => {
    const site = 'https://ex\u0430mple.com/callback'
    const client = await registeredClient(at, { redirect_uris: [site] })
    const text = await (await victim.fetch(authorizeUrl(client, { redirect_uri: site }))).text()
    assert.match(text, /xn--exmple-4nf\.com/)
    assert.doesNotMatch(text, /\u0430/)
  })

  test('a name from right to left turns nothing beside it', async () => {
    const client = await registeredClient(at, { client_name: 'שלום' })
    const text = await (await victim.fetch(authorizeUrl(client))).text()
    assert.match(text, /\u2068שלום\u2069<small>the application gave itself this name/)
  })

  test('a host that would write policy is no host', async () => {
    for (const uri of ['https://a;script-src/cb', 'https://a,b/cb', 'https://*.example/cb']) {
      const body = { redirect_uris: [uri] }
      assert.equal((await at.json('/oauth/register', body)).status, 400)
    }
  })
})

suite('parameters', () => {
  const twice = ['client_id', 'redirect_uri', 'state', 'scope', 'resource', 'code_challenge']
  for (const name of twice) {
    test(`${name} that comes twice is refused (RFC 6749 §3.1)`, async () => {
      const url = authorizeUrl(await registeredClient(at))
      url.searchParams.append(name, url.searchParams.get(name) ?? '')
      const response = await victim.fetch(url)
      assert.ok(response.status === 400 || locationOf(response).includes('error=invalid_request'))
      assert.ok(!toEntra(response))
    })
  }

  const long: [name: string, length: number][] = [
    ['state', 513],
    ['scope', 4_001],
    ['resource', 1_001],
    ['login_hint', 257],
    ['domain_hint', 257],
    ['claims', 2_001],
    ['client_id', 1_001],
    ['redirect_uri', 513],
  ]
  for (const [name, length] of long) {
    test(`${name} of ${length} characters is refused`, async () => {
      const url = authorizeUrl(await registeredClient(at), { [name]: 'x'.repeat(length) })
      const response = await victim.fetch(url)
      const error = /error=(invalid_\w+)/.exec(locationOf(response))
      assert.ok(response.status === 400 || error, `${response.status} ${locationOf(response)}`)
    })
  }

  test('claims and hints go to Entra, prompt=consent ends here (RFC 9470, OpenID Connect Core §3.1.2.1)', async () => {
    const client = await registeredClient(at)
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const more = { claims, login_hint: bob.upn, domain_hint: 'contoso.example' }
    const url = authorizeUrl(client, { ...more, prompt: 'login consent' })
    const request = await shown(victim, url)
    const begun = await decide(victim, { request, decision: 'allow' })
    const { searchParams } = new URL(locationOf(begun))
    for (const [name, value] of Object.entries({ ...more, prompt: 'login' })) {
      assert.equal(searchParams.get(name), value)
    }
    for (const name of ['resource', 'client_id']) {
      assert.notEqual(searchParams.get(name), url.searchParams.get(name))
    }
  })

  test('a GET consumes nothing: a client may look at the page before the person does', async () => {
    const url = authorizeUrl(await registeredClient(at))
    await at.get(`${url.pathname}${url.search}`)
    const first = await shown(victim, url)
    await shown(victim, url)
    assert.ok(toEntra(await decide(victim, { request: first, decision: 'allow' })))
  })

  test('no line of the log has a code, a state, a token or a cookie', async () => {
    const quiet = oauthApp(parts.environment)
    const browser = quiet.browser()
    const client = await registeredClient(quiet)
    quiet.takeRecords()
    const tokens = await grantedTokens(quiet, client, { browser })
    await browser.fetch(authorizeUrl(client, { scope: 'nonsense' }))
    await tokenRequest(quiet, codeForm(client, tokens.refresh_token))
    const lines = quiet.takeRecords()
    assert.deepEqual(
      lines.map(({ outcome }) => outcome),
      ['sign_in_allowed', 'token_issued', 'sign_in_refused', 'invalid_grant'],
    )
    const [allowed, issued] = lines
    assert.equal(allowed?.client, issued?.client)
    assert.equal(allowed?.endpoint, 'cost')
    assert.match(issued?.uti ?? '', /./)
    const said = JSON.stringify(lines)
    assert.doesNotMatch(said, /client-state|eyJ|__Host/)
    assert.ok(!said.includes(client))
  })
})
