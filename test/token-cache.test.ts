/** A user's token is exchanged once for all instances, and a stolen table is worthless. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob, clients, tenantId } from '../local/seed.ts'
import { arm, graph } from '../shared/downstreams.ts'
import { Failure } from '../shared/failure.ts'
import { keysOf } from './support/cache-parts.ts'
import { eventually } from './support/eventually.ts'
import {
  cacheKey,
  type Instance,
  keyA,
  keyB,
  type SharedCache,
  startSharedCache,
} from './support/shared-cache.ts'

let cache: SharedCache
/** Milliseconds that the clock of instances made with `now` is ahead. */
let ahead = 0
const now = () => Date.now() + ahead
before(async () => {
  cache = await startSharedCache()
})
after(() => cache.close())
beforeEach(async () => {
  ahead = 0
  await cache.reset()
})
/** Rows are written after the answer. */
const rowsBecome = (count: number) =>
  eventually(async () => {
    const rows = await cache.rows()
    assert.equal(rows.length, count)
    return rows
  })

suite('instances that share a table', () => {
  test('share an exchanged token', async () => {
    const token = await cache.tokenOf(alice)
    const won = await cache.instance().call(token)
    await rowsBecome(1)
    const second = cache.instance()
    assert.equal(await second.call(token), won)
    assert.equal(await second.call(token), won)
    assert.equal(cache.exchanges(), 1)
  })

  test('name the source of a token: exchange, table, memory', async () => {
    const token = await cache.tokenOf(alice)
    const sourceFrom = async ({ services }: Instance) => {
      const caller = await services.validate(token)
      return (await services.onBehalfOf(caller, arm.scope(services.settings))).source
    }
    const first = cache.instance()
    const sources = [await sourceFrom(first)]
    await rowsBecome(1)
    const second = cache.instance()
    sources.push(await sourceFrom(second), await sourceFrom(second), await sourceFrom(first))
    assert.deepEqual(sources, ['entra', 'table', 'memory', 'memory'])
  })

  test('keep a token for each sign-in, client, user and downstream API', async () => {
    const [first, second] = [cache.instance(), cache.instance()]
    const sessions = await Promise.all([
      cache.tokenOf(alice),
      cache.tokenOf(alice),
      cache.tokenOf(alice, { client: clients.confidential.clientId }),
      cache.tokenOf(bob),
    ])
    const won = await Promise.all(sessions.map((token) => first.call(token)))
    won.push(await first.call(sessions[0], graph))
    assert.equal(new Set(won).size, 5)
    await rowsBecome(5)
    const again = await Promise.all(sessions.map((token) => second.call(token)))
    again.push(await second.call(sessions[0], graph))
    assert.deepEqual(again, won)
    assert.equal(cache.exchanges(), 5)
  })

  test('store neither user, scope nor token in clear', async () => {
    const token = await cache.tokenOf(alice)
    const won = await cache.instance().call(token)
    const rows = await rowsBecome(1)
    const text = JSON.stringify(rows)
    for (const secret of [alice.oid, alice.upn, tenantId, 'management', token, won]) {
      assert.ok(!text.includes(secret), `${secret} in ${text}`)
    }
    const [row] = rows
    const header = Buffer.from(row?.sealed.split('.')[0] ?? '', 'base64url').toString()
    for (const secret of [alice.oid, alice.upn, tenantId]) assert.ok(!header.includes(secret))
  })

  test('store the access token only, and no refresh token', async () => {
    const won = await cache.instance().call(await cache.tokenOf(alice))
    const [row] = await rowsBecome(1)
    assert.ok(row)
    const context = [row.partitionKey, row.rowKey, row.expiresAt.toJSON()]
    const opened = keysOf(keyA).seal('token cache').open(row.sealed, context)
    const { refreshAt, ...content } = JSON.parse(opened)
    assert.deepEqual(content, { token: won })
    assert.equal(typeof refreshAt, 'number')
  })

  test('work alone without a table, and say so once', async () => {
    const alone = { TOKEN_CACHE_CONNECTION: '', ENCRYPTION_KEYS: '' }
    const instance = cache.instance({ settings: alone })
    const token = await cache.tokenOf(alice)
    assert.equal(await instance.call(token), await instance.call(token))
    assert.equal(cache.exchanges(), 1)
    assert.equal(instance.shared, undefined)
    assert.equal(instance.audited('cache_in_memory').length, 1)
  })
})

suite('calls at the same time', () => {
  test('a hundred first calls are one exchange', async () => {
    const instance = cache.instance()
    const token = await cache.tokenOf(alice)
    const won = await Promise.all(Array.from({ length: 100 }, () => instance.call(token)))
    assert.equal(new Set(won).size, 1)
    assert.equal(cache.exchanges(), 1)
  })

  test('a failing exchange fails those who wait for it, and no later call', async () => {
    const instance = cache.instance()
    const token = await cache.tokenOf(alice)
    await instance.call(await cache.tokenOf(bob))
    const trouble = { kind: 'status', status: 429, retryAfter: 1, times: 1 } as const
    cache.entra.admin.addFault({ on: 'on_behalf_of', ...trouble })
    const calls = Array.from({ length: 20 }, () => instance.call(token))
    for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected')
    assert.equal(cache.exchanges(alice), 0)
    // Another instance: this one's breaker leaves Entra alone for the second that it asked for.
    await cache.instance().call(token)
    assert.equal(cache.exchanges(alice), 1)
  })
})

suite('refusals', () => {
  const refused = async (call: Promise<string>, reason = 'exchange_refused') => {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof Failure, String(error))
    assert.equal(error.detail.reason, reason)
  }

  test('are remembered for 15, 30, then 60 s when they repeat', async () => {
    cache.entra.admin.setUser(alice.oid, { enabled: false })
    const instance = cache.instance({ now })
    const token = await cache.tokenOf(alice)
    const spans = [15_000, 30_000, 60_000, 60_000]
    for (const [repetition, span] of spans.entries()) {
      await refused(instance.call(token))
      ahead += span - 1_000
      await refused(instance.call(token))
      assert.equal(cache.exchanges(), repetition + 1)
      ahead += 1_000
    }
  })

  test('are remembered for a sign-in that has ended too', async () => {
    const instance = cache.instance({ now })
    const token = await cache.tokenOf(alice)
    cache.entra.admin.advanceClock(1)
    cache.entra.admin.revokeSessions(alice.oid)
    for (const _ of [1, 2, 3]) await refused(instance.call(token), 'sign_in_ended')
    assert.equal(cache.exchanges(), 1)
  })

  test('are kept for one assertion: a new sign-in starts again', async () => {
    cache.entra.admin.setUser(alice.oid, { enabled: false })
    const instance = cache.instance()
    const before = await cache.tokenOf(alice)
    await refused(instance.call(before))
    cache.entra.admin.setUser(alice.oid, { enabled: true })
    await refused(instance.call(before))
    await instance.call(await cache.tokenOf(alice))
    assert.equal(cache.exchanges(), 2)
  })

  test('end in the stated time once Entra accepts', async () => {
    cache.entra.admin.setUser(alice.oid, { enabled: false })
    const instance = cache.instance({ now })
    const token = await cache.tokenOf(alice)
    await refused(instance.call(token))
    cache.entra.admin.setUser(alice.oid, { enabled: true })
    ahead = 15_000
    await instance.call(token)
  })

  test('do not include outages: the next call tries again', async () => {
    const instance = cache.instance()
    const token = await cache.tokenOf(alice)
    cache.entra.admin.addFault({ on: 'on_behalf_of', kind: 'html' })
    await assert.rejects(instance.call(token), Failure)
    cache.entra.admin.clearFaults()
    await instance.call(token)
  })
})

suite('a rotation of keys', () => {
  test('keeps every row readable, by old and new instances', async () => {
    const token = await cache.tokenOf(alice)
    const won = await cache.instance({ keys: [keyA] }).call(token)
    await rowsBecome(1)
    assert.equal(await cache.instance({ keys: [keyB, keyA] }).call(token), won)
    assert.equal(await cache.instance({ keys: [keyA] }).call(token), won)
    assert.equal(cache.exchanges(), 1)
  })

  test('seals new rows with the new key', async () => {
    const token = await cache.tokenOf(alice)
    const won = await cache.instance({ keys: [keyB, keyA] }).call(token)
    const [row] = await rowsBecome(1)
    const header = Buffer.from(row?.sealed.split('.')[0] ?? '', 'base64url').toString()
    assert.equal(JSON.parse(header).kid, keyB.kid)
    assert.equal(await cache.instance({ keys: [cacheKey('c', 3), keyB, keyA] }).call(token), won)
    assert.equal(cache.exchanges(), 1)
  })

  test('costs a miss when the old key is removed', async () => {
    const token = await cache.tokenOf(alice)
    await cache.instance({ keys: [keyB, keyA] }).call(token)
    await rowsBecome(1)
    const instance = cache.instance({ keys: [keyB] })
    await instance.call(token)
    assert.equal(cache.exchanges(), 2)
    assert.deepEqual(instance.audited('cache_row_rejected'), [])
    assert.deepEqual(instance.audited('cache_table_failed'), [])
    await rowsBecome(2)
  })

  test('deletes and audits a row whose key an instance lacks', async () => {
    const token = await cache.tokenOf(alice)
    await cache.instance({ keys: [keyB, keyA] }).call(token)
    const [sealedByB] = await rowsBecome(1)
    const instance = cache.instance({ keys: [keyA] })
    await instance.call(token)
    assert.equal(cache.exchanges(), 2)
    const [line] = instance.audited('cache_row_rejected')
    assert.match(line ?? '', /sealed with another key/)
    await eventually(async () => {
      const [row] = await cache.rows()
      assert.notEqual(row?.sealed, sealedByB?.sealed)
    })
  })
})

suite('the shortest lifetime', () => {
  const minutes = (count: number) => count * 60_000

  test('a token in the table with less than 300 s left is not served', async () => {
    cache.entra.admin.setLifetimes({ accessTokenSeconds: 3600 })
    const token = await cache.tokenOf(alice, { expiresIn: 24 * 3600 })
    const won = await cache.instance().call(token)
    await rowsBecome(1)
    ahead = minutes(54)
    assert.equal(await cache.instance({ now }).call(token), won)
    ahead = minutes(56)
    assert.notEqual(await cache.instance({ now }).call(token), won)
    assert.equal(cache.exchanges(), 2)
  })

  test('a token that lives no longer than that is used once and not kept', async () => {
    cache.entra.admin.setLifetimes({ accessTokenSeconds: 299 })
    const instance = cache.instance()
    const token = await cache.tokenOf(alice)
    assert.notEqual(await instance.call(token), await instance.call(token))
    assert.equal(cache.exchanges(), 2)
    // A row of another user is written later than this one would have been.
    cache.entra.admin.setLifetimes({ accessTokenSeconds: 3600 })
    await instance.call(await cache.tokenOf(bob))
    await rowsBecome(1)
  })
})
