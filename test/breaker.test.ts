/** Entra is left alone when it asks for that or does not answer; whose tokens are cached notices nothing. */
import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { alice, bob } from '../local/seed.ts'
import { type Breaker, breaker } from '../shared/entra/breaker.ts'
import { EntraOutage, EntraRefusal } from '../shared/entra/network.ts'
import { Failure } from '../shared/failure.ts'
import { startSharedCache } from './support/shared-cache.ts'

let time = 0
let run: Breaker
beforeEach(() => {
  time = 1_000_000
  run = breaker({ now: () => time })
})

const answer = async () => 'answer'
const refuse = async () => {
  throw new EntraRefusal({ error: 'invalid_grant', error_codes: [50057] })
}
const fail = (retryAfterSeconds?: number) => async () => {
  throw new EntraOutage('HTTP 503', { retryAfterSeconds })
}
/** What is thrown for it, when it is thrown without a try. */
const leftAlone = async (): Promise<number | undefined> => {
  let tried = false
  const error = await run(async () => {
    tried = true
  }).catch((thrown: unknown) => thrown)
  assert.ok(!tried, 'it was tried')
  assert.ok(error instanceof EntraOutage, String(error))
  return error.retryAfterSeconds
}
const outages = async (count: number) => {
  for (let done = 0; done < count; done++) await assert.rejects(run(fail()), EntraOutage)
}

suite('it opens', () => {
  test('on Retry-After at once, for as long as Entra asked', async () => {
    await assert.rejects(run(fail(30)))
    assert.equal(await leftAlone(), 30)
    time += 29_500
    assert.equal(await leftAlone(), 1)
    time += 500
    assert.equal(await run(answer), 'answer')
  })

  test('on twenty outages in a row, and not on nineteen', async () => {
    await outages(19)
    assert.equal(await run(answer), 'answer')
    await outages(20)
    assert.equal(await leftAlone(), 5)
  })

  for (const [what, attempt] of [
    ['an answer', answer],
    ['a refusal, for it is one too', refuse],
  ] as const) {
    test(`${what} in between begins the row anew`, async () => {
      await outages(19)
      await run(attempt).catch(() => {})
      await outages(19)
      assert.equal(await run(answer), 'answer')
    })
  }
})

suite('once the time is over', () => {
  beforeEach(async () => {
    await assert.rejects(run(fail(10)))
    time += 10_000
  })

  test('one call at a time tries', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const trying = run(() => promise)
    assert.equal(await leftAlone(), 1)
    resolve('answer')
    assert.equal(await trying, 'answer')
    const both = await Promise.all([run(answer), run(answer)])
    assert.deepEqual(both, ['answer', 'answer'])
  })

  test('a try that fails is followed by one other, not by all', async () => {
    await assert.rejects(run(fail()))
    const { promise, resolve } = Promise.withResolvers<string>()
    const trying = run(() => promise)
    await leftAlone()
    resolve('answer')
    await trying
  })

  test('a try told to come later closes the door again', async () => {
    await assert.rejects(run(fail(20)))
    assert.equal(await leftAlone(), 20)
  })

  for (const [what, attempt] of [
    ['an answer', answer],
    ['a refusal', refuse],
  ] as const) {
    test(`${what} ends it`, async () => {
      await run(attempt).catch(() => {})
      const both = await Promise.all([run(answer), run(answer)])
      assert.deepEqual(both, ['answer', 'answer'])
    })
  }
})

test('an answer to what was asked before Entra wanted rest does not end it', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const early = run(() => promise)
  await assert.rejects(run(fail(30)))
  resolve('answer')
  await early
  assert.equal(await leftAlone(), 30)
})

test('while it is open cached users are served, and others told when to come', async (t) => {
  const cache = await startSharedCache()
  t.after(() => cache.close())
  const instance = cache.instance()
  const hers = await cache.tokenOf(alice)
  const won = await instance.call(hers)
  const trouble = { kind: 'status', status: 429, retryAfter: 30, times: 1 } as const
  cache.entra.admin.addFault({ on: 'on_behalf_of', ...trouble })
  const his = await cache.tokenOf(bob)
  for (const _ of ['refused by Entra', 'left alone']) {
    const error = await instance.call(his).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Failure)
    assert.deepEqual(error.detail, { reason: 'entra_unreachable', retryAfterSeconds: 30 })
  }
  assert.equal(cache.exchanges(bob), 0)
  assert.equal(await instance.call(hers), won)
})
