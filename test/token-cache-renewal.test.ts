/** A token is renewed before a call has to wait for it, by one instance for all, and only when that helps. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob } from '../local/seed.ts'
import { rows as rowsOf } from '../shared/token-cache/rows.ts'
import type { SealedRow } from '../shared/token-cache/sealed-row.ts'
import { eventually } from './support/eventually.ts'
import { type Instance, type SharedCache, startSharedCache } from './support/shared-cache.ts'
import { startTableProxy } from './support/table-proxy.ts'

let cache: SharedCache
let token: string
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
  token = await cache.tokenOf(alice, { expiresIn: 24 * 3600 })
})

/** Entra's next tokens live longer than the cached one: its clock stays, the instances' clock moves. */
const lifetimes = (accessTokenSeconds: number, refreshInSeconds?: number) =>
  cache.entra.admin.setLifetimes({
    accessTokenSeconds,
    ...(refreshInSeconds ? { refreshInSeconds } : {}),
  })
const expiryInTable = async () => (await cache.rows()).map(({ expiresAt }) => expiresAt.getTime())
const written = () => eventually(async () => assert.equal((await cache.rows()).length, 1))
/** A whole exchange of another user: by its end, one that began earlier would have reached Entra. */
const meanwhile = async (instance: Instance) => instance.call(await cache.tokenOf(bob))

const times: [what: string, refreshIn: number | undefined, notYet: number, due: number][] = [
  // 3,600 s less the 300 that are never served; up to 5 % of that later, by chance.
  ['what Entra asked for (refresh_in)', 1000, 999, 1000 + 166],
  ['80 % of its usable life', undefined, 2639, 2640 + 166],
]
for (const [what, refreshIn, notYet, due] of times) {
  test(`a token is served past ${what}, while one exchange renews it`, async () => {
    lifetimes(3600, refreshIn)
    const instance = cache.instance({ now })
    const first = await instance.call(token)
    await written()

    ahead = notYet
    assert.equal(await instance.call(token), first)
    await meanwhile(instance)
    assert.equal(cache.exchanges(alice), 1)

    lifetimes(7200)
    ahead = due
    const served = await Promise.all(Array.from({ length: 20 }, () => instance.call(token)))
    assert.deepEqual([...new Set(served)], [first])
    const renewed = await eventually(async () => {
      const latest = await instance.call(token)
      assert.notEqual(latest, first)
      return latest
    })
    await meanwhile(instance)
    assert.equal(await instance.call(token), renewed)
    assert.equal(cache.exchanges(alice), 2)
  })
}

test('a token that another instance has renewed is read from the table', async () => {
  lifetimes(3600, 1000)
  const [first, second] = [cache.instance({ now }), cache.instance({ now })]
  const old = await first.call(token)
  await written()
  assert.equal(await second.call(token), old)
  const [before = 0] = await expiryInTable()

  lifetimes(7200)
  ahead = 1200
  await first.call(token)
  await eventually(async () => assert.ok(((await expiryInTable())[0] ?? 0) > before))
  const renewed = await first.call(token)
  assert.equal(await second.call(token), old)
  await eventually(async () => assert.equal(await second.call(token), renewed))
  assert.equal(cache.exchanges(alice), 2)
})

test('nothing is renewed in the last minute of the assertion', async () => {
  lifetimes(3600, 60)
  const short = await cache.tokenOf(alice, { expiresIn: 900 })
  const instance = cache.instance({ now })
  const won = await instance.call(short)
  ahead = 845
  assert.equal(await instance.call(short), won)
  await meanwhile(instance)
  assert.equal(cache.exchanges(alice), 1)
})

suite('a renewal that fails', () => {
  test('in an outage leaves the token in use, and is tried again after 30 s', async () => {
    lifetimes(3600, 1000)
    const instance = cache.instance({ now })
    const won = await instance.call(token)
    ahead = 1200
    const trouble = { kind: 'status', status: 503, retryAfter: 1, times: 1 } as const
    cache.entra.admin.addFault({ on: 'on_behalf_of', ...trouble })
    lifetimes(7200)
    assert.equal(await instance.call(token), won)
    await eventually(() => assert.deepEqual(cache.entra.admin.state().faults, []))
    ahead += 29
    assert.equal(await instance.call(token), won)
    // Entra asked for a pause of a second, which may have begun only now.
    await eventually(() => meanwhile(instance))
    assert.equal(cache.exchanges(alice), 1)
    ahead += 1
    assert.equal(await instance.call(token), won)
    await eventually(async () => assert.notEqual(await instance.call(token), won))
    assert.equal(cache.exchanges(alice), 2)
  })

  test('because Entra refuses ends the use of the token', async () => {
    lifetimes(3600, 1000)
    const instance = cache.instance({ now })
    await instance.call(token)
    await written()
    cache.entra.admin.setUser(alice.oid, { enabled: false })
    ahead = 1200
    await instance.call(token)
    await eventually(() => assert.rejects(instance.call(token)))
  })
})

suite('two writes of the same row', () => {
  const place = { partitionKey: 'p', rowKey: 'r' }
  const row = (minutes: number): SealedRow => ({
    sealed: `for ${minutes}`,
    expiresAt: new Date(Date.UTC(2026, 10, 21, 10, minutes)),
  })

  for (const [first, second] of [
    [60, 30],
    [30, 60],
  ] as const) {
    test(`keep the longer of ${first} and ${second} minutes, in that order`, async () => {
      const rows = rowsOf(cache.client())
      await rows.write(place, row(first))
      await rows.write(place, row(second))
      assert.equal((await rows.read(place))?.sealed, 'for 60')
    })
  }

  test('drop the one that was overtaken between its read and its write', async (t) => {
    const proxy = await startTableProxy(cache.url)
    t.after(proxy.close)
    const [slow, fast] = [rowsOf(cache.clientOf(proxy.connection)), rowsOf(cache.client())]
    await fast.write(place, row(10))
    const looked = Promise.withResolvers<void>()
    const overtaken = Promise.withResolvers<void>()
    proxy.behave(async ({ method }) => {
      if (method !== 'PUT') return undefined
      looked.resolve()
      await overtaken.promise
      return undefined
    })
    const writing = slow.write(place, row(30))
    await looked.promise
    await fast.write(place, row(60))
    overtaken.resolve()
    await writing
    assert.equal((await fast.read(place))?.sealed, 'for 60')
  })
})
