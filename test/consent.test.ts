/** Missing consent: how a person is asked for it, and what they read when they return from Entra. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, armClientId, bob, clients, tenantId, type User } from '../local/seed.ts'
import { graph } from '../shared/downstreams.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'
import { type ConsentPage, openPage } from './support/consent-page.ts'
import { armScope } from './support/entra-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { linkShowingClient, mcpClients, Person } from './support/mcp-clients.ts'
import { eras, initializeEra } from './support/mcp-request.ts'
import { signIn } from './support/sign-in.ts'

const key = (kid: string) => ({ kid, key: randomBytes(32).toString('base64url') })
const keys = [key('newer'), key('older')]

let host: HostedProduct
before(async () => {
  host = await startHostedProduct({ ENCRYPTION_KEYS: JSON.stringify(keys) })
})
after(() => host.close())
beforeEach(() => {
  host.reset()
  host.entra.admin.removeGrants({ client: clients.api.clientId, resource: armClientId })
})

const list = 'list_subscriptions'
const person = ({ upn }: User) => new Person(upn, { client_id: clients.public.clientId })
const asked = (kind: string, clientId?: string) =>
  host.entra.admin.requests({ kind, ...(clientId && { clientId }) }).length
const exchanges = () => asked('on_behalf_of')
const signIns = () => asked('authorization_code', clients.public.clientId)
/** How often our API has redeemed a code, or tried to. */
const redeemed = () => asked('authorization_code', clients.api.clientId)

const linkIn = (text: string) =>
  new URL(/https?:\/\/\S+(?= \(reference)/.exec(text)?.[0] ?? 'none:')
const linkFor = async (user: User) => {
  const { text } = await host.result(await host.tokenOf(user), list)
  return linkIn(text)
}
/** Accepts all of Entra's pages. @returns the URL that they lead back to */
const consentAs = (link: URL, { upn }: User) => signIn(link, upn)
const callback = (parameters: Record<string, string>) =>
  openPage(`${host.origin}/consent/callback?${new URLSearchParams(parameters)}`)

function assertPage(page: ConsentPage, status: number, title: string, says: RegExp) {
  assert.equal(page.status, status, page.html)
  assert.equal(page.title, title)
  assert.match(page.html, says)
}

suite('a client that opens links', () => {
  test('asks for consent, and the same call then succeeds without a new sign-in', async () => {
    const pages: ConsentPage[] = []
    const connect = linkShowingClient(async (link) => {
      pages.push(await openPage(await consentAs(link, alice)))
      return 'accept'
    })
    await using client = await connect(host.endpoint, person(alice))
    const { isError, structuredContent } = await client.call(list)
    assert.equal(isError, false)
    assert.ok(Array.isArray(structuredContent?.subscriptions))
    assert.deepEqual(
      pages.map(({ status, title }) => [status, title]),
      [[200, 'Done']],
    )
    assert.deepEqual([signIns(), exchanges()], [1, 2])
  })

  for (const action of ['decline', 'cancel'] as const) {
    test(`${action}: the answer is final, with the link, and the person is asked once`, async () => {
      let shown = 0
      const connect = linkShowingClient(async () => {
        shown += 1
        return action
      })
      await using client = await connect(host.endpoint, person(alice))
      const { isError, content } = await client.call(list)
      assert.ok(isError)
      assert.equal(linkIn(content[0]?.text ?? '').origin, host.entra.origin)
      assert.deepEqual([shown, exchanges()], [1, 1])
    })
  }

  test('gets the link once in a call, even when the wrong person has consented', async () => {
    const titles: string[] = []
    const connect = linkShowingClient(async (link) => {
      titles.push((await openPage(await consentAs(link, bob))).title)
      return 'accept'
    })
    await using client = await connect(host.endpoint, person(alice))
    assert.equal((await client.call(list)).isError, true)
    assert.deepEqual(titles, ['Another account consented'])
    assert.equal(signIns(), 1)
  })
})

for (const [name, connect] of Object.entries(mcpClients)) {
  test(`${name} opens no links: it gets one in the result, and data once it was followed`, async () => {
    await using client = await connect(host.endpoint, person(alice))
    const { isError, content } = await client.call(list)
    assert.ok(isError)
    assert.match(
      content[0]?.text ?? '',
      /using Azure Resource Manager on their behalf.*open this link/,
    )
    const link = linkIn(content[0]?.text ?? '')
    assertPage(await openPage(await consentAs(link, alice)), 200, 'Done', /list_subscriptions/)
    assert.equal((await client.call(list)).isError, false)
    assert.deepEqual([signIns(), exchanges()], [1, 2])
  })
}

for (const url of [{}, null, 'yes']) {
  test(`an initialize-era client that declares ${JSON.stringify(url)} in _meta gets the link in the result`, async () => {
    const declaring: typeof initializeEra = ({ method, params }, changes) => {
      const _meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url } } }
      return initializeEra({ method, params: { ...params, _meta } }, changes)
    }
    const { text, isError } = await host.result(await host.tokenOf(alice), list, declaring)
    assert.ok(isError)
    assert.equal(linkIn(text).origin, host.entra.origin)
  })
}

test('a client that keeps trying gets links, and Entra is not asked again', async () => {
  const token = await host.tokenOf(alice)
  for (const [, era] of [...eras, ...eras]) {
    const { text } = await host.result(token, list, era)
    assert.equal(linkIn(text).origin, host.entra.origin)
  }
  assert.equal(exchanges(), 1)
})

test('the link leads to Entra’s own page, and holds no user, token or secret', async () => {
  const link = await linkFor(alice)
  assert.equal(
    link.origin + link.pathname,
    `${host.entra.origin}/${host.entra.tenantId}/oauth2/v2.0/authorize`,
  )
  const { state = '', code_challenge, ...parameters } = Object.fromEntries(link.searchParams)
  assert.deepEqual(parameters, {
    client_id: clients.api.clientId,
    redirect_uri: `${host.origin}/consent/callback`,
    response_type: 'code',
    response_mode: 'query',
    scope: `${armScope} openid profile`,
    prompt: 'consent',
    code_challenge_method: 'S256',
  })
  assert.match(code_challenge ?? '', /^[\w-]{43}$/)
  const [header = '', ...sealed] = state.split('.')
  const seen = Buffer.from(header, 'base64url').toString()
  assert.deepEqual(JSON.parse(seen), { alg: 'dir', enc: 'A256GCM', kid: 'newer' })
  const readable = sealed.map((part) => Buffer.from(part, 'base64url').toString('latin1')).join()
  for (const secret of [alice.oid, alice.upn, list, clients.api.secret]) {
    assert.ok(!`${link.href}${seen}${readable}`.includes(secret), secret)
  }
  assert.notEqual((await linkFor(alice)).searchParams.get('state'), state)
})

/** The app on another instance, or at another time: it shares the settings only. */
const elsewhere = (withKeys: typeof keys, now = Date.now) =>
  createServices(
    parseSettings({ ...host.environment, ENCRYPTION_KEYS: JSON.stringify(withKeys) }, [graph]),
    { now, log: () => {} },
  )
const linkFrom = ({ consent }: ReturnType<typeof elsewhere>) => {
  const { oid } = alice
  return new URL(consent.userLink({ tid: host.entra.tenantId, oid, tool: list, scope: armScope }))
}

suite('the log names the outcome, the user and the scope', () => {
  const outcomeOf = async (back: URL) => {
    host.takeRecords()
    await openPage(back)
    const [line, ...others] = host.takeRecords()
    assert.ok(line?.detail)
    assert.deepEqual(others, [])
    const text = JSON.stringify(line)
    for (const name of ['code', 'state']) {
      const value = back.searchParams.get(name)
      assert.ok(!value || value.length < 9 || !text.includes(value), name)
    }
    assert.doesNotMatch(text, /contoso\.example/)
    return line
  }
  const named = { tid: tenantId, oid: alice.oid, tool: list, downstream: armScope }

  test('logs a consent, of the user who asked or of another', async () => {
    const own = await outcomeOf(await consentAs(await linkFor(alice), alice))
    assert.partialDeepStrictEqual(own, { outcome: 'consent_consented', ...named })
    const foreign = await outcomeOf(await consentAs(linkFrom(elsewhere(keys)), bob))
    assert.partialDeepStrictEqual(foreign, { outcome: 'consent_other_account', ...named })
    assert.match(foreign.detail ?? '', new RegExp(bob.oid))
  })

  test('logs a refusal with Entra’s number', async () => {
    const back = await consentAs(await linkFor(alice), alice)
    const other = await consentAs(linkFrom(elsewhere(keys)), alice)
    back.searchParams.set('code', other.searchParams.get('code') ?? '')
    const line = await outcomeOf(back)
    assert.partialDeepStrictEqual(line, { outcome: 'consent_refused', ...named })
    assert.match(line.detail ?? '', /AADSTS501481/)
  })

  test('logs a link that was used before', async () => {
    const back = await consentAs(await linkFor(alice), alice)
    await openPage(back)
    assert.partialDeepStrictEqual(await outcomeOf(back), { outcome: 'consent_used', ...named })
  })

  test('logs an outage of Entra as an error', async () => {
    const back = await consentAs(await linkFor(alice), alice)
    host.entra.admin.addFault({ on: 'token', kind: 'reset' })
    const line = await outcomeOf(back)
    const expected = { severity: 'error', outcome: 'consent_unreachable', ...named }
    assert.partialDeepStrictEqual(line, expected)
  })

  test('names no user when the link is not ours', async () => {
    const made = { error: 'access_denied', error_description: 'AADSTS65004: x', state: 'e30.e30.' }
    for (const query of [made, { admin_consent: 'True', tenant: tenantId }, { code: 'x' }, {}]) {
      const url = `${host.origin}/consent/callback?${new URLSearchParams(query)}`
      const { outcome, oid, tid } = await outcomeOf(new URL(url))
      assert.match(outcome, /^consent_/)
      assert.deepEqual([oid, tid], [undefined, undefined])
    }
  })
})

suite('the consent callback', () => {
  test('confirms the consent of the user who asked, on every instance', async () => {
    for (const made of [keys, keys.slice(1)]) {
      const back = await consentAs(linkFrom(elsewhere(made)), alice)
      assertPage(await openPage(back), 200, 'Done', /You have consented.*list_subscriptions/)
    }
    assert.equal((await host.result(await host.tokenOf(alice), list)).isError, false)
  })

  test('tells another user as whom they signed in, never who asked, and what to do', async () => {
    const page = await openPage(await consentAs(await linkFor(alice), bob))
    assertPage(page, 403, 'Another account consented', /signed in as bob@contoso\.example/)
    assert.match(page.html, /private window/)
    assert.doesNotMatch(page.html, /alice|aaaaaaaa/)
    assert.equal((await host.result(await host.tokenOf(alice), list)).isError, true)
    assert.equal((await host.result(await host.tokenOf(bob), list)).isError, false)
  })

  test('refuses a link after ten minutes, and redeems nothing', async () => {
    const then = () => Date.now() - 601_000
    const back = await consentAs(linkFrom(elsewhere(keys, then)), alice)
    assertPage(await openPage(back), 400, 'This link has expired', /Call the tool again/)
    assert.equal(redeemed(), 0)
  })

  const altered: [what: string, change: (back: URL) => void][] = [
    ['a state that was edited', (back) => edit(back, (state) => flip(state))],
    ['half a state', (back) => edit(back, (state) => state.slice(0, state.length / 2))],
    ['a state that says another key', (back) => edit(back, (state) => renamed(state))],
    ['no state', (back) => back.searchParams.delete('state')],
    ['a state of nothing', (back) => edit(back, () => '')],
    ['a state without a seal', (back) => edit(back, () => 'eyJhbGciOiJub25lIn0.e30.')],
  ]
  function edit(back: URL, change: (state: string) => string) {
    back.searchParams.set('state', change(back.searchParams.get('state') ?? ''))
  }
  const flip = (state: string) =>
    state.replace(/.$/, (last) => (last === 'A' || last === 'Q' ? 'w' : 'A'))
  const renamed = (state: string) => {
    const header = JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: 'older' })
    return state.replace(/^[^.]+/, Buffer.from(header).toString('base64url'))
  }
  for (const [what, change] of altered) {
    test(`refuses ${what}, and redeems nothing`, async () => {
      const back = await consentAs(await linkFor(alice), alice)
      change(back)
      assertPage(
        await openPage(back),
        400,
        'This link is not from this server',
        /Call the tool again/,
      )
      assert.equal(redeemed(), 0)
    })
  }

  test('refuses the state of an app that has other keys', async () => {
    const back = await consentAs(linkFrom(elsewhere([key('newer')])), alice)
    assertPage(await openPage(back), 400, 'This link is not from this server', /changed or cut off/)
    assert.equal(redeemed(), 0)
  })

  test('refuses a link that was used already', async () => {
    const back = await consentAs(await linkFor(alice), alice)
    assert.equal((await openPage(back)).status, 200)
    const others = Array.from({ length: 5 }, (_, index) => {
      const other = new URL(back)
      if (index > 0) other.searchParams.set('code', `an-unknown-code-${index}`)
      return other
    })
    for (const page of await Promise.all(others.map((it) => openPage(it)))) {
      assertPage(page, 400, 'This link was already used', /call the tool again/)
    }
    assert.equal(redeemed(), 1)
  })

  test('answers with Entra’s refusal when two instances get the same code', async () => {
    const back = await consentAs(await linkFor(alice), alice)
    assert.equal((await openPage(back)).status, 200)
    const outcome = await elsewhere(keys).consent.settle(back.searchParams)
    assert.ok(outcome.result === 'refused')
    assert.equal(outcome.refusal.code, 54005)
  })

  test('honours Entra’s Retry-After for the user, and the link stays good', async () => {
    let ahead = 0
    const { consent } = elsewhere(keys, () => Date.now() + ahead)
    const [one, other] = [
      await consentAs(linkFrom(elsewhere(keys)), alice),
      await consentAs(linkFrom(elsewhere(keys)), alice),
    ]
    const trouble = { kind: 'status', status: 429, retryAfter: 30, times: 1 } as const
    host.entra.admin.addFault({ on: 'token', ...trouble })
    assert.equal((await consent.settle(one.searchParams)).result, 'unreachable')
    assert.equal((await consent.settle(other.searchParams)).result, 'unreachable')
    ahead = 30_001
    assert.equal((await consent.settle(other.searchParams)).result, 'consented')
    assert.equal(redeemed(), 1)
  })

  test('explains Entra’s refusal of a code of another link', async () => {
    const [one, other] = [
      await consentAs(linkFrom(elsewhere(keys)), alice),
      await consentAs(linkFrom(elsewhere(keys)), alice),
    ]
    one.searchParams.set('code', other.searchParams.get('code') ?? '')
    assertPage(
      await openPage(one),
      403,
      'Consent was not given',
      /belongs to another sign-in.*AADSTS501481/s,
    )
    assert.equal((await openPage(other)).status, 200)
  })

  test('says what it is for when it is opened without parameters', async () => {
    assertPage(await callback({}), 400, 'Nothing to do here', /where Microsoft sends you back/)
  })

  test('answers 503 while Entra is out', async () => {
    for (const fault of [{ kind: 'reset' }, { kind: 'status', status: 503 }] as const) {
      const back = await consentAs(linkFrom(elsewhere(keys)), alice)
      host.entra.admin.addFault({ on: 'token', ...fault })
      assertPage(await openPage(back), 503, 'Microsoft Entra cannot be reached', /in a minute/)
      host.entra.admin.clearFaults()
    }
  })

  test('says who can fix a wrong registration of ours', async () => {
    const back = await consentAs(await linkFor(alice), alice)
    host.entra.admin.updateApp(clients.api.clientId, { secrets: [] })
    assertPage(
      await openPage(back),
      403,
      'Consent was not given',
      /Only the operator of this server can fix this/,
    )
  })
})

suite('the consent callback with an error', () => {
  const said = 'Consent was not given'
  const rows: [what: string, query: Record<string, string>, status: number, says: RegExp][] = [
    ['cancelled', { error: 'access_denied', error_subcode: 'cancel' }, 403, /You declined/],
    ['declined', described('access_denied', 65004), 403, /You declined.*get a new link/s],
    ['not allowed to', described('consent_required', 90094), 403, /Only an administrator/],
    ['asked an administrator', described('access_denied', 90095), 403, /approval was sent/],
    ['blocked', described('access_denied', 53003), 403, /policies block.*trying again will not/s],
    ['a wrong redirect URI', described('invalid_request', 50011), 403, /Only the operator/],
    ['a number unknown to us', described('access_denied', 123456), 403, /AADSTS123456/],
    ['no number', { error: 'access_denied' }, 403, /Microsoft Entra refused this/],
    ['no word that we know', { error: 'brand_new' }, 403, /Microsoft Entra refused this/],
    ['a number beyond all', described('access_denied', 1e21), 403, /refused this/],
  ]
  function described(error: string, code: number) {
    return { error, error_description: `AADSTS${code}: Planted-text. Trace ID: x` }
  }
  for (const [what, query, status, says] of rows) {
    test(`explains it and says who can fix it: ${what}`, async () => {
      const page = await callback(query)
      assertPage(page, status, said, says)
      assert.doesNotMatch(page.html, /Planted|Infinity|1e\+21/)
      assert.equal(redeemed(), 0)
    })
  }

  test('answers 503 when Entra reports an outage', async () => {
    for (const error of ['server_error', 'temporarily_unavailable']) {
      assertPage(await callback({ error }), 503, 'Microsoft Entra cannot be reached', /a minute/)
    }
  })

  test('shows nothing from the address', async () => {
    const evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    for (const query of [
      { error: evil, error_description: evil, error_uri: evil, state: evil },
      { error: 'access_denied', error_description: `AADSTS65004${evil}`, error_subcode: evil },
      { code: evil, state: evil },
      { admin_consent: evil, tenant: evil },
    ]) {
      const { status, html } = await callback(query)
      assert.ok(status === 400 || status === 403)
      assert.doesNotMatch(html, /script|img|alert/)
    }
  })
})

suite('a tenant where users may not consent', () => {
  beforeEach(() => host.entra.admin.setUser(alice.oid, { mayConsent: false }))

  test('gives a link for an administrator, whose approval counts at the next call', async () => {
    const refused = await openPage(await consentAs(await linkFor(alice), alice))
    assertPage(refused, 403, 'Consent was not given', /Only an administrator.*AADSTS90094/s)
    const [, shown = ''] = /Give this link to an administrator: (\S+)<\/p>/.exec(refused.html) ?? []
    const adminLink = new URL(shown.replaceAll('&amp;', '&'))
    assert.equal(
      adminLink.origin + adminLink.pathname,
      `${host.entra.origin}/${host.entra.tenantId}/v2.0/adminconsent`,
    )

    const approved = await openPage(await consentAs(adminLink, bob))
    assertPage(approved, 200, 'Approved for your organization', /try again in a minute/)
    for (const user of [alice, bob]) {
      assert.equal((await host.result(await host.tokenOf(user), list)).isError, false)
    }
  })

  test('tells an administrator who declines that nothing has changed', async () => {
    const { consent } = elsewhere(keys)
    const link = new URL(consent.adminLink(armScope))
    const body = new URLSearchParams([...link.searchParams, ['decision', 'decline']])
    const { headers } = await fetch(link, { method: 'POST', body, redirect: 'manual' })
    const page = await openPage(headers.get('location') ?? '')
    assertPage(page, 403, 'Consent was not given', /You declined/)
    assert.equal((await host.result(await host.tokenOf(alice), list)).isError, true)
  })

  test('shows no link when the scope is not known', async () => {
    const page = await callback({ error: 'access_denied', error_description: 'AADSTS90094: x' })
    assert.doesNotMatch(page.html, /https?:\/\//)
    assert.match(page.html, /Ask an administrator/)
  })
})

test('an error that only an administrator can solve is final, and has the link for them', async () => {
  const fault = { on: 'on_behalf_of', kind: 'refusal', error: 'consent_required' } as const
  host.entra.admin.addFault({ ...fault, code: 90094, times: 1 })
  let shown = 0
  const connect = linkShowingClient(async () => {
    shown += 1
    return 'accept'
  })
  await using client = await connect(host.endpoint, person(alice))
  const { isError, content } = await client.call(list)
  assert.ok(isError)
  const text = content[0]?.text ?? ''
  assert.match(
    text,
    /Only an administrator .* using Azure Resource Manager\. Calling again will not help/,
  )
  const link = linkIn(text)
  assert.ok(link.pathname.endsWith('/v2.0/adminconsent'))
  assert.deepEqual([shown, exchanges()], [0, 1])
  assert.equal((await openPage(await consentAs(link, bob))).status, 200)
  assert.equal((await host.result(await host.tokenOf(alice), list)).isError, false)
})

test('pages run no script, load nothing, send no referrer and are not cached', async () => {
  const back = await consentAs(await linkFor(alice), alice)
  const pages = [
    await openPage(back),
    await openPage(back),
    await callback({}),
    await callback({ code: 'x' }),
    await callback({ error: 'access_denied' }),
    await callback({ error: 'server_error' }),
    await callback({ admin_consent: 'True' }),
  ]
  assert.deepEqual(
    pages.map(({ status }) => status),
    [200, 400, 400, 400, 403, 503, 200],
  )
  for (const { headers, html } of pages) {
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+';/)
    assert.match(policy, /base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/)
    assert.doesNotMatch(policy, /unsafe|script-src|https?:/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8$/)
    assert.equal(headers.get('set-cookie'), null)
    assert.doesNotMatch(html, /<(script|link|img|iframe|form|a)\b|https?:|\son\w+=/i)
  }
})
