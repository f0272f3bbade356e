/** A table that is slow, down or gone costs exchanges, never a call. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { alice, bob, carol } from '../local/seed.ts'
import { eventually } from './support/eventually.ts'
import { type Instance, type SharedCache, startSharedCache } from './support/shared-cache.ts'
import { type Rule, startTableProxy, type TableProxy } from './support/table-proxy.ts'

let cache: SharedCache
let proxy: TableProxy
/** Milliseconds that the instances' clock is ahead. */
let ahead = 0
const now = () => Date.now() + ahead
before(async () => {
  cache = await startSharedCache()
  proxy = await startTableProxy(cache.url)
})
after(() => Promise.all([cache.close(), proxy.close()]))
beforeEach(async () => {
  ahead = 0
  proxy.behave()
  await cache.reset()
})

/** An instance whose table is behind the proxy. */
const behindProxy = () =>
  cache.instance({ now, settings: { TOKEN_CACHE_CONNECTION: proxy.connection } })
const newToken = () => cache.tokenOf(alice)
const rowsBecome = (count: number) =>
  eventually(async () => assert.equal((await cache.rows()).length, count))
const failures = (instance: Instance) => instance.audited('cache_table_failed').length

test('no call fails when the table stops under load, and it is used again when it is back', async () => {
  const [first, second] = [cache.instance({ now }), cache.instance({ now })]
  const users = [alice, bob, carol]
  const calls = async (count: number) => {
    const tokens = await Promise.all(
      Array.from({ length: count }, (_, index) => cache.tokenOf(users[index % 3] ?? alice)),
    )
    // Each twice: as a first call, and as one that its process can serve.
    const instances = [first, second, first, second]
    await Promise.all(tokens.flatMap((token) => instances.map((instance) => instance.call(token))))
  }
  await calls(30)
  const before = await newToken()
  const won = await first.call(before)
  const load = calls(100)
  await cache.stopTables()
  await load
  await calls(30)
  assert.equal(await first.call(before), won)

  await cache.restartTables()
  ahead = 6_000
  const token = await newToken()
  const shared = await first.call(token)
  await rowsBecome(1)
  const exchanges = cache.exchanges()
  assert.equal(await second.call(token), shared)
  assert.equal(cache.exchanges(), exchanges)
})

test('an outage is logged once a minute', async () => {
  proxy.behave(async () => 503)
  const instance = behindProxy()
  for (const [seconds, said] of [
    [0, 1],
    [50, 1],
    [62, 2],
    [112, 2],
    [124, 3],
  ] as const) {
    ahead = seconds * 1000
    for (const _ of [1, 2, 3, 4, 5]) await instance.call(await newToken())
    assert.equal(failures(instance), said, `after ${seconds} s`)
  }
})

suite('a slow table', () => {
  /** Holds requests until they are released, to the table or with a status; tests release after their calls are answered. */
  const holding = (held: (method: string) => boolean) => {
    const { promise, resolve } = Promise.withResolvers<number | undefined>()
    const rule: Rule = async ({ method }) => (held(method) ? promise : undefined)
    return { rule, release: (status?: number) => resolve(status) }
  }

  test('delays calls for a limited time, and is not asked after three failures', async () => {
    const { rule, release } = holding(() => true)
    proxy.behave(rule)
    const instance = behindProxy()
    for (const _ of [1, 2, 3]) await instance.call(await newToken())
    const asked = proxy.seen.length
    for (const _ of [1, 2, 3]) await instance.call(await newToken())
    assert.equal(proxy.seen.length, asked)
    assert.equal(cache.exchanges(), 6)
    ahead = 5_100
    await instance.call(await newToken())
    assert.ok(proxy.seen.length > asked)
    release(403)
  })

  test('is not asked after three failures even when its writes arrive', async () => {
    // Reads time out at 300 ms, writes wait: a write that arrives must not count as a sign of health.
    proxy.behave(async () => {
      await pause(400)
      return undefined
    })
    const instance = behindProxy()
    for (const count of [1, 2]) {
      await instance.call(await newToken())
      await rowsBecome(count)
    }
    await instance.call(await newToken())
    const asked = proxy.seen.length
    await instance.call(await newToken())
    assert.equal(proxy.seen.length, asked)
  })

  test('delays no answer by its writes', async () => {
    const { rule, release } = holding((method) => method === 'POST')
    proxy.behave(rule)
    const instance = behindProxy()
    const token = await newToken()
    const won = await instance.call(token)
    assert.equal(await instance.call(token), won)
    assert.deepEqual(await cache.rows(), [])
    release()
    await rowsBecome(1)
    assert.equal(failures(instance), 0)
  })

  test('never gives a token that has expired meanwhile', async () => {
    cache.entra.admin.setLifetimes({ accessTokenSeconds: 3600 })
    const instance = behindProxy()
    const token = await cache.tokenOf(alice, { expiresIn: 24 * 3600 })
    const won = await instance.call(token)
    proxy.behave(async () => 503)
    ahead = 56 * 60_000
    assert.notEqual(await instance.call(token), won)
  })
})

test('a table that has been deleted is created again', async () => {
  const instance = cache.instance()
  await instance.call(await newToken())
  await rowsBecome(1)
  await cache.client().deleteTable()
  // A write can time out on a busy computer; the next call writes again.
  await eventually(async () => {
    await instance.call(await newToken())
    assert.notEqual((await cache.rows()).length, 0)
  })
})
