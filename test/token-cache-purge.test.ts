/** A purge ends a user's tokens on every instance within a minute; a sweep removes what has expired. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { alice, bob, tenantId } from '../local/seed.ts'
import { Failure } from '../shared/failure.ts'
import { eventually } from './support/eventually.ts'
import { keyA, keyB, type Row, type SharedCache, startSharedCache } from './support/shared-cache.ts'
import { startTableProxy } from './support/table-proxy.ts'

let cache: SharedCache
/** Seconds that the instances' clock is ahead. */
let ahead = 0
const now = () => Date.now() + ahead * 1000
before(async () => {
  cache = await startSharedCache()
})
after(() => cache.close())
beforeEach(async () => {
  ahead = 0
  await cache.reset()
})
const user = { tid: tenantId, oid: alice.oid }
/** Tokens, without the marks. */
const tokenRows = async () =>
  (await cache.rows()).filter(({ partitionKey }) => partitionKey !== marks)
const marks = 'revocations'
const rowsBecome = (count: number) =>
  eventually(async () => assert.equal((await tokenRows()).length, count))
const assertRefused = (called: Promise<unknown>) =>
  assert.rejects(called, (error) => {
    assert.ok(error instanceof Failure)
    assert.partialDeepStrictEqual(error.detail, { reason: 'token_refused', error: 'invalid_token' })
    assert.equal(error.identity.oid, alice.oid)
    return true
  })
/** As Entra dates it for a sign-in so many seconds from now. */
const tokenIssued = (seconds: number) =>
  cache.tokenOf(alice, { claims: { iat: Math.floor(Date.now() / 1000) + seconds - 300 } })

suite('a purge', () => {
  test('deletes the rows of that user only', async () => {
    const instance = cache.instance()
    const his = await cache.tokenOf(bob)
    const won = await instance.call(his)
    for (const _ of [1, 2, 3]) await instance.call(await cache.tokenOf(alice))
    await rowsBecome(4)
    assert.equal(await instance.purgeUser(user), 3)
    await rowsBecome(1)
    assert.equal(await instance.call(his), won)
    assert.equal(await cache.instance().call(his), won)
  })

  test('ends the token at once on this instance, before any exchange', async () => {
    const instance = cache.instance({ now })
    const token = await cache.tokenOf(alice)
    await instance.call(token)
    ahead = 2
    await instance.purgeUser(user)
    const exchanges = cache.exchanges()
    await assertRefused(instance.call(token))
    await assertRefused(instance.services.validate(token))
    assert.equal(cache.exchanges(), exchanges)
  })

  test('ends the token of this process without a table', async () => {
    const instance = cache.instance({ now, settings: { TOKEN_CACHE_CONNECTION: '' } })
    const token = await cache.tokenOf(alice)
    await instance.call(token)
    ahead = 2
    assert.equal(await instance.purgeUser(user), 1)
    await assertRefused(instance.call(token))
  })

  test('ends the token within a minute on every instance', async () => {
    const [first, second] = [cache.instance({ now }), cache.instance({ now })]
    const [known, unknown] = [await cache.tokenOf(alice), await cache.tokenOf(alice)]
    await second.call(known)
    ahead = 2
    await first.purgeUser(user)
    ahead = 62
    await assertRefused(second.call(known))
    await assertRefused(second.call(unknown))
  })

  test('ends the token on a new instance, although the table is slow', async (t) => {
    const proxy = await startTableProxy(cache.url)
    t.after(proxy.close)
    const token = await tokenIssued(-60)
    await cache.instance().purgeUser(user)
    proxy.behave(async () => {
      await pause(600)
      return undefined
    })
    const started = cache.instance({ settings: { TOKEN_CACHE_CONNECTION: proxy.connection } })
    await assertRefused(started.call(token))
  })

  test('ends the token on an instance in constant use, without delaying its calls', async () => {
    const [first, second] = [cache.instance({ now }), cache.instance({ now })]
    const token = await cache.tokenOf(alice)
    const won = await second.call(token)
    ahead = 2
    await first.purgeUser(user)
    assert.equal(await second.call(token), won)
    ahead = 30
    await second.call(token)
    await eventually(() => assertRefused(second.call(token)))
  })

  test('never refuses a sign-in that follows, however soon', async () => {
    const [first, second] = [cache.instance({ now }), cache.instance({ now })]
    await first.purgeUser(user)
    const token = await cache.tokenOf(alice)
    const won = await first.call(token)
    await rowsBecome(1)
    ahead = 60
    assert.equal(await second.call(token), won)
  })

  const times: [seconds: number, isRefused: boolean][] = [
    [-3600, true],
    [-2, true],
    [1, false],
    [60, false],
  ]
  for (const [seconds, isRefused] of times) {
    test(`${isRefused ? 'ends' : 'leaves'} a token of ${seconds} s from it`, async () => {
      const instance = cache.instance()
      const token = await tokenIssued(seconds)
      await instance.purgeUser(user)
      if (isRefused) await assertRefused(instance.call(token))
      else assert.ok(await instance.call(token))
    })
  }

  test('is valid for instances with newer or older keys', async () => {
    const keys = { old: [keyA], both: [keyB, keyA], new: [keyB] }
    for (const [by, by2] of [
      ['old', 'both'],
      ['both', 'old'],
      ['both', 'new'],
      ['new', 'both'],
    ] as const) {
      ahead = 0
      await cache.reset()
      const purging = cache.instance({ now, keys: keys[by] })
      const serving = cache.instance({ now, keys: keys[by2] })
      const token = await cache.tokenOf(alice)
      await serving.call(token)
      ahead = 2
      await purging.purgeUser(user)
      ahead = 62
      await assertRefused(serving.call(token))
    }
  })

  test('leaves a mark that does not name the user and cannot be forged', async () => {
    await cache.instance().purgeUser(user)
    const [mark] = (await cache.rows()).filter(({ partitionKey }) => partitionKey === marks)
    assert.ok(mark)
    assert.ok(!JSON.stringify(mark).includes(alice.oid))
    const { sealed, expiresAt } = mark
    const later = new Date(expiresAt.getTime() + 1)
    const edits: [what: string, edited: Row][] = [
      ['another expiry', { ...mark, expiresAt: later }],
      ['another user', { ...mark, rowKey: 'x' }],
      ['an edit', { ...mark, sealed: sealed.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) }],
    ]
    const token = await tokenIssued(-60)
    for (const [what, edited] of edits) {
      await cache.client().deleteEntity(marks, mark.rowKey)
      await cache.client().upsertEntity(edited, 'Replace')
      const instance = cache.instance()
      assert.ok(await instance.call(token), what)
      assert.equal(instance.audited('cache_row_rejected').length, 1, what)
      await cache.client().deleteEntity(marks, edited.rowKey)
      await cache.client().upsertEntity(mark, 'Replace')
    }
    await assertRefused(cache.instance().call(token))
  })

  test('fails when the mark cannot be written', async (t) => {
    const proxy = await startTableProxy(cache.url)
    t.after(proxy.close)
    const instance = cache.instance({ settings: { TOKEN_CACHE_CONNECTION: proxy.connection } })
    await instance.call(await cache.tokenOf(alice))
    await rowsBecome(1)
    proxy.behave(async () => 403)
    await assert.rejects(instance.purgeUser(user))
    proxy.behave()
    assert.equal(await instance.purgeUser(user), 1)
    await rowsBecome(0)
  })
})

suite('the sweep', () => {
  const inAnHour = () => new Date(Date.now() + 3_600_000)
  const anHourAgo = () => new Date(Date.now() - 3_600_000)
  const put = async (partitionKey: string, count: number, expiresAt: Date) => {
    const names = Array.from({ length: count }, (_, index) => `${index}`)
    for (let at = 0; at < count; at += 100) {
      await cache
        .client()
        .submitTransaction(
          names
            .slice(at, at + 100)
            .map((rowKey) => ['create', { partitionKey, rowKey, sealed: '', expiresAt }]),
        )
    }
  }
  const partitions = (rows: Row[]) => [...new Set(rows.map((row) => row.partitionKey))].sort()

  test('removes expired rows only', async () => {
    await put('expired', 250, anHourAgo())
    await put('expired-too', 3, anHourAgo())
    await put('valid', 5, inAnHour())
    assert.equal(await cache.instance().shared?.sweep(), 253)
    const rows = await cache.rows()
    assert.equal(rows.length, 5)
    assert.deepEqual(partitions(rows), ['valid'])
    assert.equal(await cache.instance().shared?.sweep(), 0)
  })

  test('is finished by the next one when it fails midway', async (t) => {
    const proxy = await startTableProxy(cache.url)
    t.after(proxy.close)
    const instance = cache.instance({ settings: { TOKEN_CACHE_CONNECTION: proxy.connection } })
    for (const name of ['a', 'b', 'c', 'd']) await put(name, 20, anHourAgo())
    let batches = 0
    proxy.behave(async ({ path }) => {
      batches += Number(path.includes('$batch'))
      return batches > 2 ? 403 : undefined
    })
    await assert.rejects(async () => instance.shared?.sweep())
    const left = (await cache.rows()).length
    assert.ok(left > 0 && left < 80, `${left} left`)
    proxy.behave()
    // Deletions under way when the sweep gave up may have arrived since.
    assert.ok(((await instance.shared?.sweep()) ?? 0) <= left)
    assert.deepEqual(await cache.rows(), [])
  })

  test('continues when another deletes rows at the same time', async (t) => {
    const proxy = await startTableProxy(cache.url)
    t.after(proxy.close)
    const instance = cache.instance({ settings: { TOKEN_CACHE_CONNECTION: proxy.connection } })
    await put('expired', 20, anHourAgo())
    proxy.behave(async ({ path }) => {
      if (path.includes('$batch')) {
        await cache
          .client()
          .deleteEntity('expired', '7')
          .catch(() => {})
      }
      return undefined
    })
    await instance.shared?.sweep()
    assert.deepEqual(await cache.rows(), [])
  })

  test('removes marks of purges once no assertion can be that old', async () => {
    const instance = cache.instance({ now })
    await instance.purgeUser(user)
    ahead = 24 * 3600
    await instance.shared?.sweep()
    assert.equal((await cache.rows()).length, 1)
    ahead = 27 * 3600
    assert.equal(await instance.shared?.sweep(), 1)
  })
})
