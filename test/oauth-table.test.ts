/** What the authorization server keeps in the table that instances share: families of refresh tokens, on a real one. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { alice, bob, carolNeedsMfa, tenantId } from '../local/seed.ts'
import {
  authorizeUrl,
  begunSignIn,
  codeForm,
  grantedTokens,
  type OAuthApp,
  oauthApp,
  refresh,
  registeredClient,
  signedIn,
  startOAuth,
  tokenRequest,
} from './support/oauth-app.ts'
import { cacheKey, type SharedCache, startSharedCache } from './support/shared-cache.ts'

let parts: Awaited<ReturnType<typeof startOAuth>>
let cache: SharedCache
before(async () => {
  parts = await startOAuth()
  cache = await startSharedCache()
})
after(() => Promise.all([parts.close(), cache.close()]))

const [older, newer] = [cacheKey('older', 1), cacheKey('newer', 2)]
let now: number
const instance = (keys = [older], settings: Record<string, string> = {}): OAuthApp => {
  const { TOKEN_CACHE_CONNECTION, ENCRYPTION_KEYS } = cache.environmentOf(keys)
  return oauthApp(
    { ...parts.environment, TOKEN_CACHE_CONNECTION, ENCRYPTION_KEYS, ...settings },
    { now: () => now },
  )
}
let one: OAuthApp
let other: OAuthApp
let client: string
beforeEach(async () => {
  parts.entra.admin.reset()
  await cache.reset()
  now = Date.now()
  one = instance()
  other = instance()
  client = await registeredClient(one)
})

/** The rows that outlive a code. */
const families = async () =>
  (await cache.rows()).filter(({ expiresAt }) => expiresAt.getTime() > now + 60 * 60_000)

suite('a family of refresh tokens', () => {
  test('is one row for each sign-in, which does not name the user or the client', async () => {
    await grantedTokens(one, client)
    await grantedTokens(one, client)
    assert.equal((await families()).length, 2)
    const said = JSON.stringify(await cache.rows())
    for (const known of [alice.oid, alice.upn, tenantId, client, 'cost']) {
      assert.ok(!said.includes(known), known)
    }
  })

  test('is known to every instance, also to a new one', async () => {
    const first = await grantedTokens(one, client)
    const second = await refresh(other, client, first.refresh_token)
    assert.equal(second.status, 200)
    assert.equal((await refresh(instance(), client, second.refresh_token)).status, 200)
    assert.equal((await families()).length, 1)
  })

  test('gives valid tokens to many parallel uses at both instances', async () => {
    const { refresh_token } = await grantedTokens(one, client)
    const uses = [one, other, one, other, one, other]
    const answers = await Promise.all(uses.map((at) => refresh(at, client, refresh_token)))
    for (const { status } of answers) assert.equal(status, 200)
    const next = await Promise.all(
      answers.map((it, index) => refresh(uses[index + 1] ?? one, client, it.refresh_token)),
    )
    for (const { status } of next) assert.equal(status, 200)
    assert.equal((await families()).length, 1)
  })

  test('ends on every instance when a token is replayed on one', async () => {
    const { refresh_token: first } = await grantedTokens(one, client)
    const { refresh_token: second } = await refresh(one, client, first)
    now += 61_000
    assert.equal((await refresh(other, client, first)).error, 'invalid_grant')
    assert.equal((await refresh(one, client, second)).error, 'invalid_grant')
    assert.deepEqual(await families(), [])
  })

  test('ends on every instance when its code is replayed on one (RFC 6749 §4.1.2)', async () => {
    const form = codeForm(client, (await signedIn(one, client)).get('code'))
    const { refresh_token } = await tokenRequest(one, form)
    assert.equal((await tokenRequest(other, form)).error, 'invalid_grant')
    assert.deepEqual(await families(), [])
    assert.equal((await refresh(one, client, refresh_token)).error, 'invalid_grant')
  })

  test('ends when its code is used on both instances at once', async () => {
    const form = codeForm(client, (await signedIn(one, client)).get('code'))
    const uses = [one, other, one, other, one, other]
    const answers = await Promise.all(uses.map((at) => tokenRequest(at, form)))
    const given = answers.filter(({ status }) => status === 200)
    assert.equal(given.length, 1)
    assert.deepEqual(await families(), [])
  })

  test('ends on every instance when its user is purged on one', async () => {
    const alices = await grantedTokens(one, client)
    const bobs = await grantedTokens(one, client, { upn: bob.upn })
    const purged = await other.json(
      '/token-cache/purge',
      { tenantId, objectId: alice.oid },
      { 'x-admin-key': 'the-admin-key' },
    )
    assert.equal(purged.status, 200)
    assert.equal((await refresh(one, client, alices.refresh_token)).error, 'invalid_grant')
    assert.equal((await refresh(one, client, bobs.refresh_token)).status, 200)
  })

  test('ends when its row is altered, moved to another family, or deleted', async () => {
    const rowOf = async () => {
      const before = new Set((await families()).map(({ rowKey }) => rowKey))
      const tokens = await grantedTokens(one, client)
      const row = (await families()).find(({ rowKey }) => !before.has(rowKey))
      assert.ok(row)
      return { row, tokens }
    }
    const { row: altered, tokens: first } = await rowOf()
    const { row: moved, tokens: second } = await rowOf()
    const { row: deleted, tokens: third } = await rowOf()
    const { row: prolonged, tokens: fourth } = await rowOf()
    const table = cache.client()
    await table.upsertEntity({ ...altered, sealed: altered.sealed.replace(/.$/, '~') }, 'Replace')
    await table.upsertEntity({ ...moved, sealed: deleted.sealed }, 'Replace')
    await table.deleteEntity(deleted.partitionKey, deleted.rowKey)
    const later = new Date(prolonged.expiresAt.getTime() + 1_000)
    await table.upsertEntity({ ...prolonged, expiresAt: later }, 'Replace')
    for (const { refresh_token } of [first, second, third, fourth]) {
      assert.equal((await refresh(one, client, refresh_token)).error, 'invalid_grant')
    }
  })

  test('is swept with its challenges once it has expired', async () => {
    const { access_token } = await grantedTokens(one, client)
    parts.entra.admin.putPolicy({ ...carolNeedsMfa, users: [alice.oid] })
    assert.equal((await one.call(access_token, 'list_subscriptions')).status, 401)
    // The family, its code, the challenge, and that there is one for some user.
    assert.equal((await cache.rows()).length, 4)
    const sweep = () => one.services.tokenCache.shared?.sweep()
    assert.equal(await sweep(), 0)
    now += 10 * 60_000 + 1
    assert.equal(await sweep(), 3)
    now += 90 * 24 * 60 * 60_000
    assert.equal(await sweep(), 1)
    assert.deepEqual(await cache.rows(), [])
  })
})

suite('a rotation of keys', () => {
  test('lets a sign-in continue under the newer key, without the older one', async () => {
    const { refresh_token: first } = await grantedTokens(one, client)
    const both = instance([newer, older])
    const { refresh_token: second, status } = await refresh(both, client, first)
    assert.equal(status, 200)
    assert.equal((await families()).length, 1)
    // The client's id is of the older key: it registers again, but its rows need not be lost.
    const again = await refresh(both, client, second)
    assert.equal(again.status, 200)
    assert.equal((await families()).length, 1)
  })

  test('gives tokens to parallel uses while the row moves', async () => {
    const { refresh_token } = await grantedTokens(one, client)
    const instances = [instance([newer, older]), instance([newer, older])]
    const uses = [...instances, ...instances]
    const answers = await Promise.all(uses.map((at) => refresh(at, client, refresh_token)))
    for (const { status } of answers) assert.equal(status, 200)
    assert.equal((await families()).length, 1)
    const next = await Promise.all(
      answers.map((it, index) => refresh(uses[index] ?? one, client, it.refresh_token)),
    )
    for (const { status } of next) assert.equal(status, 200)
  })

  test('keeps the sign-in of a configured client that has refreshed since', async () => {
    const OAUTH_CLIENTS = JSON.stringify([
      { id: 'ours', name: 'Ours', redirectUris: ['http://localhost:9000/callback'] },
    ])
    const configured = (keys: (typeof older)[]) => instance(keys, { OAUTH_CLIENTS })
    const { refresh_token: first } = await grantedTokens(configured([older]), 'ours')
    const { refresh_token: second } = await refresh(configured([newer, older]), 'ours', first)
    assert.equal((await refresh(configured([newer]), 'ours', second)).status, 200)
  })

  test('does not protect a sign-in from a replay or a purge', async () => {
    const { refresh_token: first } = await grantedTokens(one, client)
    const both = instance([newer, older])
    const moved = await refresh(both, client, first)
    const unmoved = await grantedTokens(one, client)
    const purged = await both.json(
      '/token-cache/purge',
      { tenantId, objectId: alice.oid },
      { 'x-admin-key': 'the-admin-key' },
    )
    assert.equal(purged.status, 200)
    for (const { refresh_token } of [moved, unmoved]) {
      assert.equal((await refresh(both, client, refresh_token)).error, 'invalid_grant')
    }
  })
})

suite('before a sign-in is complete', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  /** Bytes. */
  const held = () => {
    collect()
    return process.memoryUsage().heapUsed
  }

  test('10,000 registrations and half-finished sign-ins take no row and no memory', async () => {
    const flood = async (count: number) => {
      for (let done = 0; done < count; done += 1) {
        const browser = one.browser()
        const id = await registeredClient(one, { client_name: `client ${done}` })
        const begun = await begunSignIn(browser, authorizeUrl(id, { state: String(done) }))
        assert.equal(begun.origin, parts.entra.origin)
        one.takeRecords()
      }
    }
    // Excludes memory that the first sign-ins take once, for compiled code and caches.
    await flood(500)
    const before = held()
    await flood(10_000)
    const grown = held() - before
    assert.ok(grown < 2 * 1024 * 1024, `${grown} bytes`)
    assert.deepEqual(await cache.rows(), [])
  })

  test('a sign-in up to the code takes no row', async () => {
    const back = await signedIn(one, client)
    assert.ok(back.get('code'))
    assert.deepEqual(await cache.rows(), [])
  })
})
