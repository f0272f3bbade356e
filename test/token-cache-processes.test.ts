/** Processes that share a table: the second uses the token of the first, and so does a third after both have ended. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, bob, subscriptions, type User } from '../local/seed.ts'
import { eventually } from './support/eventually.ts'
import { listSubscriptions, serveApp } from './support/served-app.ts'
import { startSharedCache } from './support/shared-cache.ts'

const mine = ({ oid }: User) =>
  subscriptions.filter(({ readers }) => readers.includes(oid)).map(({ id }) => id)

test('all processes share one exchange of a user', { timeout: 60_000 }, async (t) => {
  await using started = new AsyncDisposableStack()
  const cache = started.adopt(await startSharedCache(), (it) => it.close())
  const settings = cache.environmentOf()
  const serve = async () => started.adopt(await serveApp(settings), (app) => app.kill())
  const assertServed = async (origin: string, token: string, user: User) => {
    const listing = await listSubscriptions(origin, token)
    assert.deepEqual(listing.subscriptions, mine(user), listing.text)
  }

  const [first, second] = await Promise.all([serve(), serve()])
  const [hers, his] = await Promise.all([cache.tokenOf(alice), cache.tokenOf(bob)])
  await assertServed(first.origin, hers, alice)
  await assertServed(first.origin, his, bob)
  await eventually(async () => assert.equal((await cache.rows()).length, 2))

  await assertServed(second.origin, hers, alice)
  await assertServed(second.origin, his, bob)
  assert.equal(cache.exchanges(), 2)

  await t.test('a later process uses the exchange of the earlier ones', async () => {
    await Promise.all([first.kill(), second.kill()])
    const third = await serve()
    await assertServed(third.origin, hers, alice)
    await assertServed(third.origin, his, bob)
    assert.equal(cache.exchanges(), 2)
  })
})
