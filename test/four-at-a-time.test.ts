import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fourAtATime } from '../functions/cost/four-at-a-time.ts'

test('never more than four are under way, and results stand in order', async () => {
  let underWay = 0
  let most = 0
  const items = Array.from({ length: 13 }, (_, index) => index)
  const results = await fourAtATime(items, async (item) => {
    most = Math.max(most, ++underWay)
    for (let turns = 0; turns < 13 - item; turns++) await turn()
    underWay--
    return item * 2
  })
  assert.equal(most, 4)
  assert.deepEqual(
    results,
    items.map((item) => item * 2),
  )
})

test('after a failure nothing more is started', async () => {
  const started: number[] = []
  const asked = fourAtATime([1, 2, 3, 4, 5, 6, 7, 8, 9], async (item) => {
    started.push(item)
    await turn()
    if (item === 2) throw new Error('out')
    await turn()
    return item
  })
  await assert.rejects(asked, /out/)
  for (let turns = 0; turns < 5; turns++) await turn()
  assert.deepEqual(started, [1, 2, 3, 4, 5].slice(0, started.length))
})

test('nothing asked is nothing done', async () => {
  assert.deepEqual(await fourAtATime([], async () => assert.fail('called')), [])
})
