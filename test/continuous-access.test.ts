/** Continuous access evaluation: an API refuses a token that has not expired. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob } from '../local/seed.ts'
import { costRead } from './support/entra-client.ts'
import { challengeOf, toolResultOf } from './support/mcp-request.ts'
import { type Answer, type Product, startProduct } from './support/product.ts'
import { signedInAs } from './support/signed-in.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => product.reset())

const list = 'list_subscriptions'
const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
const entraClaims = '{"access_token":{"nbf":{"essential":true,"value":"2"}}}'
const capable = () => product.tokenOf(alice, { claims: { xms_cc: ['cp1'] } })
const revoke = (times: number) =>
  product.azure.admin.fail({ at: 'subscriptions', kind: 'claims-challenge', claims, times })
const downstreamRequests = () => product.azure.admin.requests().length

/** An app whose exchanges are recorded. */
function watchedApp() {
  const exchanges: URLSearchParams[] = []
  const app = product.app({
    fetch(input, init) {
      if (String(input).includes('/oauth2/v2.0/token')) {
        exchanges.push(new URLSearchParams(String(init?.body)))
      }
      return fetch(input, init)
    },
  })
  return { app, exchanges }
}
const accessTokenClaims = (exchange: URLSearchParams | undefined) =>
  JSON.parse(exchange?.get('claims') ?? '{}').access_token

function assertSentToSignIn({ status, headers, text }: Answer, expected: string) {
  assert.equal(status, 401, text)
  const { error, claims, scope } = challengeOf(headers)
  assert.equal(error, 'insufficient_claims')
  assert.ok(scope?.split(' ').includes(costRead), scope)
  assert.equal(Buffer.from(claims ?? '', 'base64').toString(), expected)
}

suite('a token that the API has stopped accepting', () => {
  test('is exchanged once with the API’s claims, and the call succeeds', async () => {
    const { app, exchanges } = watchedApp()
    const token = await product.tokenOf(alice)
    await app.call(token, list)
    revoke(1)
    assert.equal((await app.result(token, list)).isError, false)
    assert.deepEqual(exchanges.map(accessTokenClaims), [
      { xms_cc: { values: ['CP1'] } },
      { xms_cc: { values: ['CP1'] }, ...JSON.parse(claims).access_token },
    ])
    assert.equal(downstreamRequests(), 3)
  })

  test('is dropped, and the next call uses the new one', async () => {
    const { app, exchanges } = watchedApp()
    const token = await product.tokenOf(alice)
    revoke(1)
    for (const _call of ['first', 'second', 'third']) await app.call(token, list)
    assert.equal(exchanges.length, 2)
    assert.equal(downstreamRequests(), 4)
  })

  test('is replaced for alice alone: bob’s stays in use', async () => {
    const { app, exchanges } = watchedApp()
    const [hers, his] = await Promise.all([capable(), product.tokenOf(bob)])
    await app.call(his, list)
    revoke(1)
    await app.call(hers, list)
    assert.equal((await app.result(his, list)).isError, false)
    assert.equal(exchanges.length, 3)
  })
})

suite('a new token that the API refuses too', () => {
  test('sends a client with cp1 to sign in with the claims', async () => {
    const { app, exchanges } = watchedApp()
    revoke(2)
    assertSentToSignIn(await app.call(await capable(), list), claims)
    assert.deepEqual([exchanges.length, downstreamRequests()], [2, 2])
  })

  test('is told to a client without cp1 in words, with the claims in _meta', async () => {
    revoke(2)
    const answer = await product.app().call(await product.tokenOf(alice), list)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('www-authenticate'), null)
    const { isError, text, meta } = toolResultOf(answer.text)
    assert.deepEqual([isError, meta?.claims], [true, claims])
    assert.match(text, /sign out of this server/)
  })
})

suite('Entra’s refusal of an exchange with the API’s claims', () => {
  const refuse = (code: number, more: { error?: string; claims?: string } = {}) =>
    product.entra.admin.addFault({
      ...{ on: 'on_behalf_of', kind: 'refusal', error: 'invalid_grant', code },
      ...more,
    })
  /** Makes a call, after which Azure refuses the session's token. */
  const revokedSession = async (token: string) => {
    const app = product.app()
    await app.call(token, list)
    revoke(1)
    return app
  }

  test('sends the client to sign in with Entra’s claims', async () => {
    const token = await capable()
    const app = await revokedSession(token)
    refuse(50173, { error: 'interaction_required', claims: entraClaims })
    assertSentToSignIn(await app.call(token, list), entraClaims)
  })

  test('asks for any new sign-in when the session is over', async () => {
    const token = await capable()
    const app = await revokedSession(token)
    refuse(50173)
    const answer = await app.call(token, list)
    assert.equal(answer.status, 401)
    assert.equal(challengeOf(answer.headers).error, 'invalid_token')
  })

  test('is a final result when the account is disabled', async () => {
    const token = await capable()
    const app = await revokedSession(token)
    refuse(50057)
    assert.match((await app.result(token, list)).text, /Your account is disabled.*AADSTS50057/)
  })

  test('is remembered when the client tries again', async () => {
    const token = await capable()
    const app = await revokedSession(token)
    refuse(50057)
    await app.call(token, list)
    product.entra.admin.clearFaults()
    revoke(1)
    const asked = product.exchanges()
    assert.match((await app.result(token, list)).text, /AADSTS50057/)
    // One for a new token, none with the claims.
    assert.equal(product.exchanges(), asked + 1)
  })

  test('is 503 in an outage, and the old token is not used again', async () => {
    const token = await capable()
    const app = await revokedSession(token)
    product.entra.admin.addFault({ on: 'on_behalf_of', kind: 'status', status: 429, retryAfter: 7 })
    const asked = downstreamRequests()
    for (const _call of ['first', 'second']) {
      const { status, headers } = await app.call(token, list)
      assert.deepEqual([status, headers.get('retry-after')], [503, '7'])
    }
    assert.equal(downstreamRequests(), asked + 1)
  })
})

test('after sessions are revoked, the old sign-in is refused and a new one succeeds', async () => {
  const app = product.app()
  const signIn = async (accessToken: object) => {
    const claims = JSON.stringify({
      access_token: { ...accessToken, xms_cc: { values: ['cp1'] } },
    })
    return (await signedInAs(product.entra, alice.upn, { claims })).access_token
  }
  const before = await signIn({})
  assert.equal((await app.result(before, list)).isError, false)
  await product.entra.admin.revokeSessions(alice.oid)

  const answer = await app.call(before, list)
  const [revocation] = product.entra.admin.revocations()
  const nbf = { essential: true, value: String(revocation?.validFrom) }
  const required = { access_token: { nbf } }
  assertSentToSignIn(answer, JSON.stringify(required))
  assert.equal((await app.result(await signIn(required.access_token), list)).isError, false)
  assert.equal((await app.call(before, list)).status, 401)
})

suite('a 401 without a claims challenge', () => {
  let challenge = ''
  let answered = 0
  const server = createServer((_request, response) => {
    answered += 1
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' })
    response.end('{"error":{"code":"InvalidAuthenticationToken"}}')
  })
  let address = ''
  before(async () => {
    server.listen(0, 'localhost')
    await once(server, 'listening')
    const listening = server.address()
    assert.ok(typeof listening === 'object' && listening !== null)
    address = `http://localhost:${listening.port}`
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })

  const encoded = (text: string) => Buffer.from(text).toString('base64')
  const challengeWith = (value: string) => `Bearer error="insufficient_claims", claims="${value}"`
  const rows: [what: string, challenge: string][] = [
    ['none at all', 'Bearer'],
    ['another error', `Bearer error="invalid_token", claims="${encoded(claims)}"`],
    ['no claims', 'Bearer error="insufficient_claims"'],
    ['empty claims', challengeWith('')],
    ['claims that are no base64', challengeWith('{}{}{}')],
    ['claims that are no JSON', challengeWith(encoded('claims'))],
    ['claims of null', challengeWith(encoded('null'))],
    ['claims in a list', challengeWith(encoded('[1]'))],
    ['claims of text', challengeWith(encoded('"nbf"'))],
    ['claims of a number', challengeWith(encoded('{"access_token":1}'))],
    ['claims of nothing', challengeWith(encoded('{"access_token":null}'))],
    ['half of the claims', challengeWith(encoded(claims).slice(0, 20))],
  ]
  for (const [what, header] of rows) {
    test(`${what} is the API’s refusal, and costs no second exchange`, async () => {
      challenge = header
      answered = 0
      const app = product.app({ settings: { ARM_BASE_URL: address } })
      const { status, text } = await app.call(await capable(), list)
      assert.equal(status, 200, text)
      assert.match(toolResultOf(text).text, /did not accept this sign-in \(401 Invalid/)
      assert.deepEqual([answered, product.exchanges()], [1, 1])
    })
  }
})
