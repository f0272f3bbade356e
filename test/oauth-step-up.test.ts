/**
 * What Entra requires of a user (Conditional Access) after a client without a registration has signed them in: the
 * server remembers it, and the next sign-in carries it, without the client's help. One process, and two that share a table.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob, carolNeedsMfa, clients, tenantId, type User } from '../local/seed.ts'
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { challengeOf } from './support/mcp-request.ts'
import {
  grantedTokens,
  type OAuthApp,
  oauthApp,
  refresh,
  registeredClient,
  signedIn,
  startOAuth,
} from './support/oauth-app.ts'
import { costTools } from './support/product.ts'
import { type SharedCache, startSharedCache } from './support/shared-cache.ts'
import { startTableProxy, type TableProxy } from './support/table-proxy.ts'

let parts: Awaited<ReturnType<typeof startOAuth>>
let cache: SharedCache
let proxy: TableProxy
before(async () => {
  parts = await startOAuth()
  cache = await startSharedCache()
  proxy = await startTableProxy(cache.url)
})
after(async () => {
  await Promise.all([parts.close(), proxy.close()])
  await cache.close()
})

const list = 'list_subscriptions'
const requireMfa = (...users: User[]) =>
  parts.entra.admin.putPolicy({ ...carolNeedsMfa, users: users.map(({ oid }) => oid) })
const begun = () => parts.entra.admin.requests({ kind: 'authorize' }).length

const modes = [
  ['in one process', () => ({})],
  ['across two instances', () => ({ TOKEN_CACHE_CONNECTION: proxy.connection })],
] as const
for (const [mode, settings] of modes) {
  suite(`step-up ${mode}`, () => {
    /** The instance that is called, and the one at which people sign in. */
    let called: OAuthApp
    let signing: OAuthApp
    let client: string
    let now: number
    beforeEach(async () => {
      parts.entra.admin.reset()
      proxy.behave()
      await cache.reset()
      now = Date.now()
      const environment = { ...parts.environment, ...settings() }
      called = oauthApp(environment, { now: () => now })
      signing = mode === 'in one process' ? called : oauthApp(environment, { now: () => now })
      client = await registeredClient(signing)
    })
    /** What the next sign-in of a user would carry. */
    const claimsFor = ({ oid }: User) =>
      signing.services.oauth?.challenges.claimsFor({ tid: tenantId, oid }, 'cost')
    const challenged = async (token: string) => {
      const { status, headers, text } = await called.call(token, list)
      assert.equal(status, 401, text)
      return headers.get('www-authenticate')
    }

    test('a claims challenge is 401 with claims and scope, in the same bytes each time', async () => {
      const { access_token } = await grantedTokens(signing, client)
      requireMfa(alice)
      const first = await challenged(access_token)
      assert.equal(await challenged(access_token), first)
      const {
        error,
        scope,
        claims = '',
      } = challengeOf(new Headers({ 'www-authenticate': first ?? '' }))
      assert.deepEqual([error, scope], ['insufficient_claims', 'cost.read'])
      assert.match(Buffer.from(claims, 'base64').toString(), /capolids/)
    })

    test('only the next sign-in carries the challenge, in one more turn', async () => {
      const { access_token } = await grantedTokens(signing, client)
      requireMfa(alice)
      await challenged(access_token)
      const browser = signing.browser()
      const { access_token: stronger } = await grantedTokens(signing, client, { browser })
      const { status, text } = await called.call(stronger, list)
      assert.equal(status, 200, text)
      assert.doesNotMatch(text, /"isError":true/)
      // The challenge has ended: no later sign-in carries it.
      assert.equal(await claimsFor(alice), undefined)
      parts.entra.admin.reset()
      await grantedTokens(signing, client, { browser })
      assert.equal(parts.entra.admin.requests({ kind: 'authorize' }).length, 2)
    })

    test('a silent sign-in under a claims challenge is interaction_required', async () => {
      const browser = signing.browser()
      const { access_token } = await grantedTokens(signing, client, { browser })
      requireMfa(alice)
      await challenged(access_token)
      const back = await signedIn(signing, client, { browser, changes: { prompt: 'none' } })
      assert.equal(back.get('error'), 'interaction_required')
    })

    test('a client that refreshes first is refused once, and signs in', async () => {
      const { access_token, refresh_token } = await grantedTokens(signing, client)
      requireMfa(alice)
      await challenged(access_token)
      assert.equal((await refresh(signing, client, refresh_token)).error, 'invalid_grant')
      assert.equal((await refresh(signing, client, refresh_token)).status, 200)
    })

    test('parallel refreshes after a claims challenge are refused together', async () => {
      const { access_token, refresh_token } = await grantedTokens(signing, client)
      requireMfa(alice)
      await challenged(access_token)
      const answers = await Promise.all([1, 2].map(() => refresh(signing, client, refresh_token)))
      assert.ok(answers.some(({ error }) => error === 'invalid_grant'))
    })

    test('a missing scope makes the first refresh a sign-in, for ten minutes', async () => {
      const missing = async () => {
        const tokens = await grantedTokens(signing, client)
        const { status } = await called.call(tokens.access_token, 'cost_export')
        assert.equal(status, 403)
        return tokens.refresh_token
      }
      const early = await missing()
      assert.equal((await refresh(signing, client, early)).error, 'invalid_grant')
      const late = await missing()
      now += 10 * 60_000
      assert.equal((await refresh(signing, client, late)).status, 200)
    })

    test('a claims challenge to a token that lacked a scope before is remembered too', async () => {
      const { access_token } = await grantedTokens(signing, client)
      await called.call(access_token, 'cost_export')
      requireMfa(alice)
      await challenged(access_token)
      const { access_token: stronger } = await grantedTokens(signing, client)
      assert.equal((await called.call(stronger, list)).status, 200)
    })

    test('a third claims challenge in ten minutes is a result in words, and after them a challenge again', async () => {
      let { access_token, refresh_token } = await grantedTokens(signing, client)
      requireMfa(alice)
      for (const _ of [1, 2]) {
        await challenged(access_token)
        await refresh(signing, client, refresh_token)
        ;({ access_token, refresh_token } = await refresh(signing, client, refresh_token))
      }
      const { status, text } = await called.call(access_token, list)
      assert.equal(status, 200)
      assert.match(text, /"isError":true/)
      now += 10 * 60_000
      await challenged(access_token)
    })

    test('repeated use does not extend the ten minutes of a challenge', async () => {
      const { access_token, refresh_token } = await grantedTokens(signing, client)
      requireMfa(alice)
      await challenged(access_token)
      now += 9 * 60_000
      await refresh(signing, client, refresh_token)
      await grantedTokens(signing, client)
      now += 61_000
      const user = { tid: tenantId, oid: alice.oid }
      const again = { user, endpoint: 'cost', uti: 'another', claims: '{}' }
      assert.equal(await signing.services.oauth?.challenges.note(again), 1)
      now += 10 * 60_000
      parts.entra.admin.clearRequests()
      await grantedTokens(signing, client)
      assert.equal(begun(), 1)
    })

    test('a claims challenge affects neither another user nor a client with a registration', async () => {
      const { access_token } = await grantedTokens(signing, client)
      const bobs = await grantedTokens(signing, client, { upn: bob.upn })
      requireMfa(alice)
      await challenged(access_token)
      assert.match((await claimsFor(alice)) ?? '', /capolids/)
      assert.equal(await claimsFor(bob), undefined)
      assert.equal((await refresh(signing, client, bobs.refresh_token)).status, 200)
      const own = await parts.entra.admin.forgeToken({
        user: alice.oid,
        client: clients.public.clientId,
      })
      const { status, text } = await called.call(own, list)
      assert.equal(status, 200)
      assert.match(text, /did not declare that it can handle such a request/)
    })

    test('a challenge names no scope of another endpoint, which /oauth/authorize would refuse', async () => {
      const [listing] = costTools
      assert.ok(listing)
      const reading = defineEndpoint({ name: 'cost', title: 'Costs', tools: [listing] })
      called = oauthApp(
        { ...parts.environment, ...settings() },
        { now: () => now, endpoints: [reading] },
      )
      const changes = { scope: 'cost.read cost.export' }
      const { access_token } = await grantedTokens(signing, client, { changes })
      requireMfa(alice)
      const { scope } = challengeOf(
        new Headers({ 'www-authenticate': (await challenged(access_token)) ?? '' }),
      )
      assert.equal(scope, 'cost.read')
    })
  })
}

suite('during an outage of the table', () => {
  let at: OAuthApp
  let client: string
  before(async () => {
    parts.entra.admin.reset()
    proxy.behave()
    at = oauthApp({ ...parts.environment, TOKEN_CACHE_CONNECTION: proxy.connection })
    client = await registeredClient(at)
  })
  const outages = [
    ['refuses', async () => 503],
    [
      'is cut off',
      () => {
        throw new Error('cut')
      },
    ],
  ] as const
  for (const [what, rule] of outages) {
    test(`a table that ${what} still sends a claims challenge, answers a refresh with 503, and returns a sign-in to the client`, async () => {
      proxy.behave()
      parts.entra.admin.reset()
      const { access_token, refresh_token } = await grantedTokens(at, client)
      requireMfa(alice)
      proxy.behave(rule)
      assert.equal((await at.call(access_token, list)).status, 401)
      const missing = await at.call(access_token, 'cost_export')
      assert.equal(missing.status, 403)
      const { status, error } = await refresh(at, client, refresh_token)
      assert.deepEqual([status, error], [503, 'temporarily_unavailable'])
      const signedIn = await grantedTokens(at, client)
      assert.notEqual(signedIn.status, 500)
      assert.equal(signedIn.access_token, '')
      const outcomes = at.takeRecords().map(({ outcome }) => outcome)
      assert.ok(outcomes.includes('challenge_not_remembered'), outcomes.join())
      assert.ok(!outcomes.includes('unforeseen'), outcomes.join())
      proxy.behave()
      assert.equal((await refresh(at, client, refresh_token)).status, 200)
    })
  }
})
