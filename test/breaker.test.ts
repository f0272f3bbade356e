/** The circuit breaker of exchanges: which events pause one user or all users, and for how long. */
import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { alice, bob } from '../local/seed.ts'
import { type Breaker, breaker } from '../shared/entra/breaker.ts'
import { EntraOutage, EntraRefusal } from '../shared/entra/network.ts'
import { Failure } from '../shared/failure.ts'
import { startSharedCache } from './support/shared-cache.ts'

/** `a`, `b`, `c`, `d` are users of one tenant; `A` has the object id of `a` in another. */
type Name = 'a' | 'b' | 'c' | 'd' | 'A'
const userOf = (name: Name) => ({
  tid: name === 'A' ? 'other tenant' : 'tenant',
  oid: name.toLowerCase(),
})

let time = 0
let run: Breaker
beforeEach(() => {
  time = 1_000_000
  run = breaker({ now: () => time })
})

const attempts = {
  answer: async () => 'answer',
  refusal: async () => {
    throw new EntraRefusal({ error: 'invalid_grant', error_codes: [50057] })
  },
  outage: async () => {
    throw new EntraOutage('HTTP 503')
  },
}
const askingFor = (retryAfterSeconds: number) => async () => {
  throw new EntraOutage('HTTP 429', { retryAfterSeconds })
}
/** `outage` with a number: an answer with that Retry-After. */
type Event = [user: Name, what: keyof typeof attempts | number]
const happen = async (...events: Event[]) => {
  for (const [user, what] of events) {
    const attempt = typeof what === 'number' ? askingFor(what) : attempts[what]
    await run<unknown>(userOf(user), attempt).catch(() => {})
  }
}
/** Seconds that a user is told to wait without a try; 0: tried. */
const restOf = async (user: Name): Promise<number> => {
  let tried = false
  const error = await run(userOf(user), async () => {
    tried = true

    throw new Error('only looking')
  }).catch((thrown: unknown) => thrown)
  if (tried) return 0
  assert.ok(error instanceof EntraOutage, String(error))
  return error.retryAfterSeconds ?? Number.NaN
}

suite('events that pause users', () => {
  const rows: [what: string, events: Event[], rests: Partial<Record<Name, number>>][] = [
    ['one user’s outage rests no one', [['a', 'outage']], { a: 0, b: 0 }],
    ['fifty outages of one user rest no one', Array(50).fill(['a', 'outage']), { b: 0 }],
    ['Retry-After rests the user who got it', [['a', 30]], { b: 0, A: 0, a: 30 }],
    ['… for ten minutes at most', [['a', 7200]], { b: 0, a: 600 }],
    [
      'two users of the same object id are two',
      [
        ['a', 30],
        ['A', 20],
      ],
      { b: 0, a: 30, A: 20 },
    ],
    [
      'two users in a row rest no one',
      [
        ['a', 'outage'],
        ['b', 'outage'],
      ],
      { c: 0 },
    ],
    [
      'three users in a row rest everyone',
      [
        ['a', 'outage'],
        ['b', 'outage'],
        ['c', 'outage'],
      ],
      { a: 5, b: 5, d: 5 },
    ],
    [
      'the tenant counts: three users of two object ids',
      [
        ['a', 'outage'],
        ['A', 'outage'],
        ['c', 'outage'],
      ],
      { d: 5 },
    ],
    [
      '… as long as the third was asked',
      [
        ['a', 30],
        ['b', 30],
        ['c', 40],
      ],
      { a: 40, d: 40 },
    ],
    [
      '… never longer than a minute',
      [
        ['a', 'outage'],
        ['b', 'outage'],
        ['c', 600],
      ],
      { d: 60, c: 600 },
    ],
    [
      'an answer resets the count',
      [
        ['a', 'outage'],
        ['b', 'outage'],
        ['d', 'answer'],
        ['c', 'outage'],
      ],
      { d: 0 },
    ],
    [
      'a refusal resets it too, since it is an answer',
      [
        ['a', 'outage'],
        ['b', 'outage'],
        ['d', 'refusal'],
        ['c', 'outage'],
      ],
      { d: 0 },
    ],
  ]
  for (const [what, events, rests] of rows) {
    test(what, async () => {
      await happen(...events)
      // A call of a user who is not paused counts as an answer, which does not end another user's pause.
      const seen: Partial<Record<Name, number>> = {}
      for (const user of Object.keys(rests).filter(isName)) seen[user] = await restOf(user)
      assert.deepEqual(seen, rests)
    })
  }
  const isName = (text: string): text is Name => ['a', 'b', 'c', 'd', 'A'].includes(text)

  test('a pause ends by itself', async () => {
    await happen(['a', 30])
    time += 29_500
    assert.equal(await restOf('a'), 1)
    time += 500
    assert.equal(await restOf('a'), 0)
  })
})

suite('after the pause', () => {
  beforeEach(async () => {
    await happen(['a', 'outage'], ['b', 'outage'], ['c', 'outage'])
    time += 5_000
  })

  test('one call at a time probes, for all users', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const trying = run(userOf('d'), () => promise)
    assert.equal(await restOf('a'), 1)
    resolve('answer')
    assert.equal(await trying, 'answer')
    const both = await Promise.all(['a', 'b'].map((oid) => run({ tid: 't', oid }, attempts.answer)))
    assert.deepEqual(both, ['answer', 'answer'])
  })

  test('a failed probe pauses everyone again, and its user for longer', async () => {
    await happen(['a', 'outage'])
    assert.equal(await restOf('b'), 5)
    time += 5_000
    assert.equal(await restOf('a'), 5)
    assert.equal(await restOf('b'), 0)
  })

  test('a probe that gets a Retry-After pauses everyone for a minute at most', async () => {
    await happen(['a', 600])
    assert.equal(await restOf('b'), 60)
    time += 60_000
    assert.equal(await restOf('a'), 540)
    assert.equal(await restOf('b'), 0)
  })

  for (const what of ['answer', 'refusal'] as const) {
    test(`${what} of a probe ends it`, async () => {
      await happen(['d', what], ['a', 'outage'], ['b', 'outage'])
      assert.equal(await restOf('c'), 0)
    })
  }
})

test('an outage during which another user was answered pauses its own user only', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const failing = (['a', 'b', 'c'] as const).map((user) =>
    run(userOf(user), async () => {
      await promise
      throw new EntraOutage('no answer')
    }),
  )
  await happen(['d', 'answer'])
  resolve()
  await Promise.allSettled(failing)
  assert.equal(await restOf('A'), 0)
})

suite('a call that began before everyone was paused', () => {
  for (const what of ['answer', 'outage', 'an outage with Retry-After'] as const) {
    test(`${what} neither ends the pause nor makes it longer`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const early = run(userOf('d'), async () => {
        await promise
        if (what !== 'answer') {
          throw new EntraOutage('', what === 'outage' ? {} : { retryAfterSeconds: 50 })
        }
      })
      await happen(['a', 'outage'], ['b', 'outage'], ['c', 'outage'])
      time += 2_000
      resolve()
      await early.catch(() => {})
      assert.equal(await restOf('a'), 3)
    })
  }
})

test('cached users are served during a pause, others get a Retry-After', async (t) => {
  const cache = await startSharedCache()
  t.after(() => cache.close())
  const instance = cache.instance()
  const hers = await cache.tokenOf(alice)
  const won = await instance.call(hers)
  const trouble = { kind: 'status', status: 429, retryAfter: 30, times: 1 } as const
  cache.entra.admin.addFault({ on: 'on_behalf_of', ...trouble })
  const his = await cache.tokenOf(bob)
  for (const _ of ['refused by Entra', 'not asked']) {
    const error = await instance.call(his).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Failure)
    assert.deepEqual(error.detail, { reason: 'entra_unreachable', retryAfterSeconds: 30 })
  }
  assert.equal(cache.exchanges(bob), 0)
  assert.equal(await instance.call(hers), won)
})
