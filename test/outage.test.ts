/** Outages and refusals of Entra: one is never mistaken for the other. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, armClientId, bob, clients } from '../local/seed.ts'
import {
  challengeOf,
  eras,
  initializeEra,
  refusalOf,
  statelessEra,
  toolResultOf,
} from './support/mcp-request.ts'
import { type Answer, type Product, startProduct } from './support/product.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => product.reset())

/** Part of every answer of the far side here; it must not reach a caller or the log. */
const planted = 'Planted-text'

/** An app whose token endpoint answers as told; keys are the emulator's. */
function appWhereEntra(answers: (attempt: number) => Response, now = Date.now) {
  const attempts: URLSearchParams[] = []
  const app = product.app({
    now,
    async fetch(input, init) {
      if (!String(input).includes('/oauth2/v2.0/token')) return fetch(input, init)
      attempts.push(new URLSearchParams(String(init?.body)))
      return answers(attempts.length)
    },
  })
  return { app, attempts }
}

const list = 'list_subscriptions'

function assertUnavailable({ status, headers, text, log }: Answer, retryAfter?: number) {
  assert.equal(status, 503, text)
  const seconds = Number(headers.get('retry-after'))
  assert.ok(seconds >= 1, `Retry-After ${seconds}`)
  if (retryAfter !== undefined) assert.equal(seconds, retryAfter)
  assert.equal(headers.get('www-authenticate'), null)
  assert.equal(headers.get('cache-control'), 'no-store')
  const { error, reference } = refusalOf(text)
  assert.notEqual(error, 'invalid_token')
  assert.match(log.join(), new RegExp(reference))
  assert.ok(![text, ...log].join().includes(planted))
}

suite('Entra’s keys unreachable', () => {
  for (const on of ['keys', 'discovery'] as const) {
    for (const fault of [
      { on, kind: 'status', status: 503 },
      { on, kind: 'html', status: 200 },
      { on, kind: 'reset' },
    ] as const) {
      test(`${on} ${fault.kind} is 503 with one read in five seconds, and does not blame the token`, async () => {
        product.entra.admin.addFault(fault)
        let ahead = 0
        let reads = 0
        const app = product.app({
          now: () => Date.now() + ahead,
          fetch(input, init) {
            if (String(input).endsWith('/openid-configuration')) reads += 1
            return fetch(input, init)
          },
        })
        const token = await product.tokenOf(alice)
        const madeUp = await product.tokenOf(bob, { key: 'unknown-kid' })
        // With the two below, ten lines a minute: the log's limit for unauthenticated requests.
        const tokens = Array.from({ length: 4 }, () => [token, madeUp]).flat()
        for (const answer of await Promise.all(tokens.map((it) => app.call(it, list)))) {
          assertUnavailable(answer)
        }
        for (const it of [token, madeUp]) assertUnavailable(await app.call(it, list))
        assert.equal(reads, 1)
        product.entra.admin.clearFaults()
        ahead = 5_001
        assert.equal((await app.call(token, list)).status, 200)
        assert.equal(reads, 2)
      })
    }
  }

  test('known keys are used for a day, and unknown kids are 503', async () => {
    let ahead = 0
    const app = product.app({ now: () => Date.now() + ahead })
    const token = await product.tokenOf(alice, { expiresIn: 100 * 3600 })
    assert.equal((await app.call(token, list)).status, 200)
    product.entra.admin.addFault({ on: 'discovery', kind: 'reset' })
    ahead = 23 * 3600_000
    assert.equal((await app.call(token, list)).status, 200)
    const unknown = await product.tokenOf(alice, { key: 'unknown-kid', expiresIn: 100 * 3600 })
    assertUnavailable(await app.call(unknown, list))
    ahead = 25 * 3600_000
    assertUnavailable(await app.call(token, list))
  })

  test('ignores members of the set that are not keys', async () => {
    const app = product.app({
      async fetch(input, init) {
        const answer = await fetch(input, init)
        if (!String(input).endsWith('/keys')) return answer
        const { keys } = JSON.parse(await answer.text())
        const odd = [null, 'a key', {}, { kty: 'RSA' }, { kid: 'a' }, { kty: 'OKP', kid: 'b' }]
        const broken = [
          { kty: 'RSA', use: 'sig', kid: 'broken', n: '', e: 'AQAB' },
          { kty: 'RSA', use: 'sig', kid: 'short', n: 'AQAB', e: 'AQAB' },
        ]
        return Response.json({ keys: [...odd, ...broken, ...keys] })
      },
    })
    assert.equal((await app.call(await product.tokenOf(alice), list)).status, 200)
    for (const kid of ['broken', 'short']) {
      const named = await product.tokenOf(alice, { header: { kid } })
      assert.equal((await app.call(named, list)).status, 401, kid)
    }
  })

  test('refuses keys of another origin or issuer', async () => {
    for (const change of [
      { jwks_uri: 'https://evil.example/keys' },
      { issuer: `${product.entra.origin}/common/v2.0` },
    ]) {
      const app = product.app({
        async fetch(input, init) {
          const answer = await fetch(input, init)
          if (!String(input).endsWith('/openid-configuration')) return answer
          return Response.json({ ...JSON.parse(await answer.text()), ...change })
        },
      })
      assertUnavailable(await app.call(await product.tokenOf(alice), list))
    }
  })
})

suite('the token endpoint failing', () => {
  const outages: [what: string, answer: () => Response][] = [
    ['503', () => Response.json({ error: 'temporarily_unavailable' }, { status: 503 })],
    ['503 without a body', () => new Response(null, { status: 503 })],
    ['500 that looks like a refusal', () => Response.json(refused(50013), { status: 500 })],
    ['HTML, 502', () => new Response(`<h1>${planted}</h1>`, { status: 502 })],
    ['HTML, 200', () => new Response(`<h1>${planted}</h1>`)],
    ['HTML, 400', () => new Response(`<h1>${planted}</h1>`, { status: 400 })],
    ['no JSON object', () => Response.json([planted])],
    ['200 {}', () => Response.json({})],
    ['200 with an empty token', () => Response.json({ access_token: '', expires_in: 3600 })],
    [
      '200 with a key-bound token',
      () => Response.json({ token_type: 'pop', access_token: planted, expires_in: 3600 }),
    ],
    ['400 temporarily_unavailable', () => Response.json(transient(), { status: 400 })],
    ['a cut connection', cut],
  ]
  const transient = () => ({ error: 'temporarily_unavailable', error_codes: [90033] })
  function cut(): never {
    throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') })
  }

  suite('throughout', { concurrency: true }, () => {
    for (const [what, answer] of outages) {
      test(`${what} is tried three or four times, then 503`, async () => {
        const { app, attempts } = appWhereEntra(answer)
        const result = await app.call(await product.tokenOf(alice), list)
        assertUnavailable(result)
        assert.ok(attempts.length >= 3 && attempts.length <= 4, `${attempts.length} tries`)
      })
    }
  })

  test('recovers from two 503 in a row', async () => {
    product.entra.admin.addFault({ on: 'on_behalf_of', kind: 'status', status: 503, times: 2 })
    const answer = await product.app().call(await product.tokenOf(alice), list)
    assert.equal(toolResultOf(answer.text).isError, false)
    assert.equal(product.exchanges(), 3)
  })

  for (const kind of ['html', 'reset'] as const) {
    test(`recovers from one ${kind}`, async () => {
      product.entra.admin.addFault({ on: 'token', kind, times: 1 })
      const answer = await product.app().call(await product.tokenOf(alice), list)
      assert.equal(toolResultOf(answer.text).isError, false)
    })
  }

  test('begins no try later than three seconds after the first', async () => {
    let ahead = 0
    const token = await product.tokenOf(alice)
    let attempts = 0
    const app = product.app({
      now: () => Date.now() + ahead,
      async fetch(input, init) {
        if (!String(input).includes('/oauth2/v2.0/token')) return fetch(input, init)
        attempts += 1
        ahead += 2_900
        return new Response(null, { status: 503 })
      },
    })
    assertUnavailable(await app.call(token, list))
    assert.ok(attempts <= 2, `${attempts} tries`)
  })

  test('tries once after 429, and hands its Retry-After on', async () => {
    product.entra.admin.addFault({
      on: 'on_behalf_of',
      kind: 'status',
      status: 429,
      retryAfter: 17,
    })
    const answer = await product.app().call(await product.tokenOf(alice), list)
    assertUnavailable(answer, 17)
    assert.equal(product.exchanges(), 1)
  })

  const asked: [retryAfter: string, told: number][] = [
    ['0', 1],
    ['7200', 600],
    ['Wed, 25 Nov 2026 12:00:30 GMT', 30],
    ['Wed, 25 Nov 2026 11:00:00 GMT', 1],
  ]
  for (const [retryAfter, told] of asked) {
    test(`answers Retry-After ${retryAfter} with ${told}, at the next call too`, async () => {
      const ahead = Date.parse('2026-11-25T12:00:00Z') - Date.now()
      product.entra.admin.advanceClock(ahead / 1000)
      const { app, attempts } = appWhereEntra(
        () => new Response(null, { status: 429, headers: { 'retry-after': retryAfter } }),
        () => Date.parse('2026-11-25T12:00:00Z'),
      )
      const token = await product.tokenOf(alice)
      for (const _ of [1, 2]) assertUnavailable(await app.call(token, list), told)
      assert.equal(attempts.length, told > 1 ? 1 : 2)
    })
  }

  test('tries once after 429 without Retry-After, with any body', async () => {
    for (const body of [transient(), refused(50196), planted]) {
      const { app, attempts } = appWhereEntra(() => Response.json(body, { status: 429 }))
      assertUnavailable(await app.call(await product.tokenOf(alice), list))
      assert.equal(attempts.length, 1)
    }
  })

  suite('an outage that one user meets', { concurrency: true }, () => {
    for (const [what, answer] of outages) {
      test(`${what} does not affect another user`, async () => {
        const [hers, his] = await Promise.all([product.tokenOf(alice), product.tokenOf(bob)])
        const app = product.app({
          fetch: async (input, init) =>
            new URLSearchParams(String(init?.body)).get('assertion') === hers
              ? answer()
              : fetch(input, init),
        })
        const herCalls = Array.from({ length: 3 }, () => app.call(hers, list))
        assert.equal((await app.result(his, list)).isError, false)
        for (const call of herCalls) assertUnavailable(await call)
        const again = await product.tokenOf(bob)
        assert.equal((await app.result(again, list)).isError, false)
      })
    }
  })

  test('pauses only the user who got the 429', async () => {
    product.entra.admin.addFault({
      on: 'on_behalf_of',
      kind: 'status',
      status: 429,
      retryAfter: 60,
      times: 1,
    })
    let ahead = 0
    const app = product.app({ now: () => Date.now() + ahead })
    const [hers, his] = await Promise.all([product.tokenOf(alice), product.tokenOf(bob)])
    assertUnavailable(await app.call(hers, list), 60)
    assert.equal((await app.result(his, list)).isError, false)
    ahead = 30_000
    assertUnavailable(await app.call(hers, list))
    assert.equal(product.exchanges(), 2)
    ahead = 60_001
    for (const token of [his, hers]) assert.equal((await app.result(token, list)).isError, false)
  })

  test('serves a user who has a cached token', async () => {
    const app = product.app()
    const token = await product.tokenOf(alice)
    await app.call(token, list)
    product.entra.admin.addFault({ on: 'token', kind: 'reset' })
    assert.equal((await app.result(token, list)).isError, false)
  })

  test('serves a user who has a cached token while Entra throttles others', async () => {
    const app = product.app()
    const token = await product.tokenOf(alice)
    await app.call(token, list)
    product.entra.admin.addFault({ on: 'token', kind: 'status', status: 429, retryAfter: 60 })
    assertUnavailable(await app.call(await product.tokenOf(bob), list), 60)
    assert.equal((await app.result(token, list)).isError, false)
  })
})

type Refused = { suberror?: string; claims?: string; error?: string }
function refused(code: number, { error = 'invalid_grant', ...more }: Refused = {}) {
  return {
    error,
    error_description: `AADSTS${code}: ${planted} Trace ID: x Correlation ID: y`,
    error_codes: [code],
    timestamp: '2026-11-21 10:00:00Z',
    trace_id: 'x',
    correlation_id: 'y',
    ...more,
  }
}

suite('a refused exchange', () => {
  const claims = '{"access_token":{"capolids":{"essential":true,"values":["p\u00f6licy?>"]}}}'
  const challenges: [what: string, body: object][] = [
    ['MFA, 50076', refused(50076, { suberror: 'basic_action', claims })],
    ['MFA, 50079 as documented', refused(50079, { error: 'interaction_required', claims })],
    ['a device, 53000', refused(53000, { error: 'interaction_required', claims })],
    ['a policy without suberror', refused(50158, { claims })],
  ]
  for (const [what, body] of challenges) {
    for (const [era, request] of eras) {
      test(`${what}, ${era}: sends a client with cp1 the claims to sign in with`, async () => {
        const { app, attempts } = appWhereEntra(() => Response.json(body, { status: 400 }))
        const token = await product.tokenOf(alice, { claims: { xms_cc: ['cp1'] } })
        const answer = await app.call(token, list, {}, request)
        assert.equal(answer.status, 401, answer.text)
        const challenge = challengeOf(answer.headers)
        assert.equal(challenge.error, 'insufficient_claims')
        assert.match(challenge.resource_metadata ?? '', /oauth-protected-resource\/mcp\/cost$/)
        const encoded = challenge.claims ?? ''
        assert.equal(Buffer.from(encoded, 'base64').toString(), claims)
        assert.equal(Buffer.from(claims).toString('base64'), encoded, 'RFC 4648 §4, padded')
        assert.equal(refusalOf(answer.text).error, 'insufficient_claims')
        assert.ok(![answer.text, ...answer.log].join().includes(planted))
        assert.equal(attempts.length, 1)
      })
    }

    for (const [era, request] of eras) {
      test(`${what}, ${era}: tells a client without cp1 in words what to do`, async () => {
        const { app, attempts } = appWhereEntra(() => Response.json(body, { status: 400 }))
        const answer = await app.call(await product.tokenOf(alice), list, {}, request)
        assert.equal(answer.status, 200, answer.text)
        assert.equal(answer.headers.get('www-authenticate'), null)
        const { isError, text, meta } = toolResultOf(answer.text)
        assert.ok(isError)
        assert.match(text, /multifactor.*sign out of this server in the client.*sign in again/)
        assert.equal(meta?.claims, claims)
        assert.match(answer.log.join(), /"outcome":"claims_unanswerable"/)
        assert.equal(attempts.length, 1)
      })
    }
  }

  const blocked = { error: 'interaction_required', suberror: 'message_only' }
  const client = { error: 'invalid_client' }
  const finals: [what: string, status: number, body: object, sentence: RegExp][] = [
    ['53003, blocked', 400, refused(53003, blocked), /AADSTS53003.*administrator.*not help/],
    ['53003 with claims', 400, refused(53003, { ...blocked, claims }), /administrator.*not help/],
    ['53003 as invalid_grant', 400, refused(53003), /AADSTS53003.*administrator.*not help/],
    ['50105, not assigned', 400, refused(50105), /AADSTS50105.*administrator.*not help/],
    ['50057, disabled', 400, refused(50057), /AADSTS50057.*administrator.*not help/],
    ['50013, bad assertion', 400, refused(50013), /AADSTS50013.*developer.*not help/],
    ['50196, asked too often', 400, refused(50196), /AADSTS50196.*right away makes it worse/],
    ['90094, administrator’s consent', 400, consent(90094), /final.*administrator/],
    ['500011, no such resource', 400, refused(500011, resource()), /AADSTS500011.*operator/],
    ['7000215, our secret', 401, refused(7000215, client), /AADSTS7000215.*operator/],
    ['7000222, our secret expired', 401, refused(7000222, client), /AADSTS7000222.*operator/],
    ['700016, our registration', 400, refused(700016, unauthorized()), /AADSTS700016.*operator/],
    ['no AADSTS at all', 400, { error: 'invalid_grant' }, /administrator.*not help/],
  ]
  function consent(code: number) {
    return refused(code, { error: 'consent_required' })
  }
  function resource() {
    return { error: 'invalid_resource' }
  }
  function unauthorized() {
    return { error: 'unauthorized_client' }
  }
  for (const [what, status, body, sentence] of finals) {
    test(`${what} is final, says who can fix it, and is not tried again for a minute`, async () => {
      let ahead = 0
      const now = () => Date.now() + ahead
      const { app, attempts } = appWhereEntra(() => Response.json(body, { status }), now)
      const token = await product.tokenOf(alice, { claims: { xms_cc: ['cp1'] } })
      const answer = await app.call(token, list)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.headers.get('www-authenticate'), null)
      const { isError, text } = toolResultOf(answer.text)
      assert.ok(isError)
      assert.match(text, sentence)
      assert.match(text, /reference [0-9a-f-]{36}/)
      assert.ok(![answer.text, ...answer.log].join().includes(planted))
      await app.call(token, list)
      assert.equal(attempts.length, 1, 'asked again at once')
      await app.call(await product.tokenOf(alice, { claims: { xms_cc: ['cp1'], n: 2 } }), list)
      assert.equal(attempts.length, 2, 'remembered for another sign-in')
      ahead = 61_000
      await app.call(token, list)
      assert.equal(attempts.length, 3, 'remembered for more than a minute')
    })
  }

  for (const code of [50173, 50133, 70043, 700082]) {
    test(`${code} asks for a new sign-in: the session is over`, async () => {
      const body = refused(code, { suberror: 'bad_token' })
      const { app, attempts } = appWhereEntra(() => Response.json(body, { status: 400 }))
      const answer = await app.call(await product.tokenOf(alice), list)
      assert.equal(answer.status, 401, answer.text)
      const { error, claims } = challengeOf(answer.headers)
      assert.deepEqual([error, claims], ['invalid_token', undefined])
      assert.ok(![answer.text, ...answer.log].join().includes(planted))
      assert.equal(attempts.length, 1)
    })
  }

  test('500133 asks for a new sign-in: the token expired on the way', async () => {
    const token = await product.tokenOf(alice, { expiresIn: 3600 })
    product.entra.admin.advanceClock(7200)
    const answer = await product.app().call(token, list)
    assert.equal(answer.status, 401)
    assert.equal(challengeOf(answer.headers).error, 'invalid_token')
    assert.match(refusalOf(answer.text).error_description, /expired/)
    assert.equal(product.exchanges(), 1)
  })

  test('7000215 names the operator, and not the secret', async () => {
    const secret = 'a-secret-that-is-wrong'
    const app = product.app({ settings: { ENTRA_CLIENT_SECRET: secret } })
    const answer = await app.call(await product.tokenOf(alice), list)
    assert.match(toolResultOf(answer.text).text, /AADSTS7000215.*operator/)
    assert.ok(![answer.text, ...answer.log].join().includes(secret))
    assert.equal(product.exchanges(), 1)
  })

  suite('65001, consent is missing', () => {
    const withdrawn = async () => {
      product.entra.admin.removeGrants({ client: clients.api.clientId, resource: armClientId })
      return product.tokenOf(alice)
    }
    for (const [era, request] of eras) {
      test(`${era}: tells the model, and does not repeat the exchange`, async () => {
        const answer = await product.app().call(await withdrawn(), list, {}, request)
        assert.equal(answer.status, 200)
        const { isError, text } = toolResultOf(answer.text)
        assert.ok(isError)
        assert.match(text, /consent/)
        assert.equal(product.exchanges(), 1)
      })

      test(`${era}: links to Entra’s own consent page`, async () => {
        const answer = await product.app().call(await withdrawn(), list, {}, request)
        const { text } = toolResultOf(answer.text)
        const link = new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? 'none:')
        assert.equal(link.origin, product.entra.origin)
        assert.match(link.searchParams.get('redirect_uri') ?? '', /\/consent\/callback$/)
      })
    }

    test('serves a user who consented elsewhere within a minute', async () => {
      let ahead = 0
      const app = product.app({ now: () => Date.now() + ahead })
      const token = await withdrawn()
      await app.call(token, list)
      product.entra.admin.putGrant({
        client: clients.api.clientId,
        resource: armClientId,
        scopes: ['user_impersonation'],
        user: alice.oid,
      })
      ahead = 60_000
      assert.equal((await app.result(token, list)).isError, false)
    })
  })

  test('the exchange sends the caller’s token and one delegated scope', async () => {
    const { app, attempts } = appWhereEntra(() => Response.json(refused(50105), { status: 400 }))
    const token = await product.tokenOf(alice)
    await app.send(initializeEra({ method: 'tools/call', params: { name: list } }), token)
    await app.send(statelessEra({ method: 'tools/call', params: { name: list } }), token)
    for (const form of attempts) {
      assert.equal(form.get('assertion'), token)
      assert.equal(form.get('requested_token_use'), 'on_behalf_of')
      assert.match(form.get('scope') ?? '', /^https:\/\/management\.azure\.com\/user_impersonation/)
      assert.equal(form.get('client_id'), clients.api.clientId)
    }
  })
})
