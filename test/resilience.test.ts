/** Retries, limits, time limits and single flights, each with a clock of the test. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { concurrencyLimit } from '../shared/resilience/concurrency-limit.ts'
import { rateLimit } from '../shared/resilience/rate-limit.ts'
import { retry } from '../shared/resilience/retry.ts'
import { parseRetryAfter } from '../shared/resilience/retry-after.ts'
import { singleFlight } from '../shared/resilience/single-flight.ts'
import { withTimeLimit } from '../shared/resilience/time-limit.ts'

suite('Retry-After', () => {
  const now = Date.parse('Wed, 25 Nov 2026 12:00:00 GMT')
  const rows: [value: string | null | undefined, seconds: number | undefined][] = [
    ['17', 17],
    ['0', 0],
    [' 5 ', 5],
    ['1.2', 2],
    ['Wed, 25 Nov 2026 12:01:30 GMT', 90],
    ['Wednesday, 25-Nov-26 12:01:30 GMT', 90],
    ['Wed, 25 Nov 2026 11:00:00 GMT', 0],
    ['-3', undefined],
    ['soon', undefined],
    ['2027', 2027],
    ['100000000000', undefined],
    ['Fri, 31 Dec 9999 23:59:59 GMT', undefined],
    ['2026-11-25T13:00:00Z', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ]
  for (const [value, seconds] of rows) {
    test(`${value} is ${seconds}`, () => assert.equal(parseRetryAfter(value, now), seconds))
  }
})

suite('single flight', () => {
  test('shares a run and its failure among calls of the same key', async () => {
    const flight = singleFlight<string>()
    const { promise, reject } = Promise.withResolvers<string>()
    let runs = 0
    const run = () => {
      runs += 1
      return promise
    }
    const asked = [flight(run, 'a'), flight(run, 'a'), flight(run, 'b')]
    reject(new Error('failed'))
    const settled = await Promise.allSettled(asked)
    assert.deepEqual(
      settled.map(({ status }) => status),
      Array(3).fill('rejected'),
    )
    assert.equal(runs, 2)
    assert.equal(await flight(async () => 'again', 'a'), 'again')
  })
})

suite('retry', () => {
  const failing = (attempts: number[], now: () => number) => async () => {
    attempts.push(now())
    throw new Error(`try ${attempts.length}`)
  }

  test('waits before each retry, and throws the last error', async () => {
    let time = 0
    const attempts: number[] = []
    const now = () => time
    const pause = async (milliseconds: number) => {
      time += milliseconds
    }
    const waitAfter = (_error: unknown, tries: number) => [200, 600][tries - 1]
    const trying = retry(failing(attempts, now), { waitAfter, until: 3_000, now, pause })
    await assert.rejects(trying, /try 3/)
    assert.deepEqual(attempts, [0, 200, 800])
  })

  test('begins no try after its time', async () => {
    let time = 0
    const attempts: number[] = []
    const now = () => time
    const pause = async (milliseconds: number) => {
      time += milliseconds
    }
    await assert.rejects(
      retry(failing(attempts, now), { waitAfter: () => 400, until: 1_000, now, pause }),
    )
    assert.deepEqual(attempts, [0, 400, 800])
  })
})

suite('time limit', () => {
  test('aborts what takes longer, and says so', async () => {
    const slow = withTimeLimit(10, async (signal) => {
      await once(signal, 'abort')
      signal.throwIfAborted()
    })
    await assert.rejects(slow, { name: 'TimeoutError', message: 'no answer within 10 ms' })
  })

  test('hands on results and failures that come in time', async () => {
    assert.equal(await withTimeLimit(10_000, async () => 'in time'), 'in time')
    await assert.rejects(
      withTimeLimit(10_000, () => Promise.reject(new Error('own'))),
      /own/,
    )
  })
})

suite('rate limit', () => {
  test('allows a minute’s worth at once, then at the rate, for each key', (t) => {
    let time = 0
    t.mock.method(performance, 'now', () => time)
    const limit = rateLimit({ perMinute: 60 })
    assert.deepEqual(new Set(Array.from({ length: 60 }, () => limit('a'))), new Set([0]))
    assert.equal(limit('a'), 1)
    assert.equal(limit('b'), 0)
    time += 1_000
    assert.equal(limit('a'), 0)
    assert.equal(limit('a'), 1)
    time += 3_600_000
    assert.deepEqual(Array.from({ length: 61 }, () => limit('a')).filter(Boolean), [1])
  })

  test('says when the next run is allowed', (t) => {
    let time = 0
    t.mock.method(performance, 'now', () => time)
    const limit = rateLimit({ perMinute: 1 })
    assert.equal(limit('a'), 0)
    time += 15_000
    assert.equal(limit('a'), 45)
  })
})

suite('concurrency limit', () => {
  const limitOf = (max: number) =>
    concurrencyLimit({ max, now: Date.now, tooLate: () => new Error('too late') })
  const soon = () => Date.now() + 60_000

  test('runs the allowed number, and the others in order, for each key', async () => {
    const limit = limitOf(2)
    const begun: string[] = []
    const ends = new Map<string, () => void>()
    const run = (key: string, name: string) =>
      limit(key, soon(), () => {
        begun.push(name)
        return new Promise<void>((resolve) => ends.set(name, resolve))
      })
    const first = run('a', 'a1')
    const others = [run('a', 'a2'), run('a', 'a3'), run('a', 'a4'), run('b', 'b1')]
    await setImmediate()
    assert.deepEqual(begun, ['a1', 'a2', 'b1'])
    ends.get('a1')?.()
    await first
    await setImmediate()
    assert.deepEqual(begun, ['a1', 'a2', 'b1', 'a3'])
    for (const name of ['a2', 'b1', 'a3']) ends.get(name)?.()
    await setImmediate()
    ends.get('a4')?.()
    await Promise.all(others)
  })

  test('starts the next run after a failure', async () => {
    const limit = limitOf(1)
    const failing = limit('a', soon(), () => Promise.reject(new Error('own')))
    const next = limit('a', soon(), async () => 'next')
    await assert.rejects(failing, /own/)
    assert.equal(await next, 'next')
  })

  test('drops a run that gets no place in time', async () => {
    const limit = limitOf(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = limit('a', soon(), () => promise)
    let ran = false
    const late = limit('a', Date.now() + 5, async () => {
      ran = true
    })
    await assert.rejects(late, /too late/)
    resolve()
    await running
    assert.equal(await limit('a', Date.now(), async () => 'free'), 'free')
    assert.ok(!ran)
  })
})
