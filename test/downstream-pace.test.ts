/** Requests slow down as an API reports that its quota runs out, before it has to refuse them. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pace } from '../shared/api-client/pace.ts'

const start = Date.parse('2026-11-25T10:00:00Z')
const deadline = start + 60_000
const qpu = 'x-ms-ratelimit-microsoft.costmanagement-qpu-remaining'
const remaining = 'x-ms-ratelimit-remaining-microsoft.costmanagement'

suite('the wait of the next two requests, by the last answer’s headers', () => {
  const rows: [headers: Record<string, string>, first: number, second: number][] = [
    [{}, 0, 0],
    [{ [qpu]: 'QueriesPerHour:577,QueriesPerMin:59' }, 0, 0],
    [{ [qpu]: '11' }, 0, 0],
    [{ [qpu]: 'QueriesPerHour:577,QueriesPerMin:59,QueriesPer10Sec:4' }, 850, 1_700],
    [{ [qpu]: 'QueriesPerHour:577;QueriesPerMin:3' }, 1_000, 2_000],
    [{ [qpu]: 'QueriesPerHour:1,QueriesPerMin:3' }, 6_000, 12_000],
    [{ [qpu]: '2' }, 1_000, 2_000],
    [{ [qpu]: 'QueriesPer10Sec:0' }, 10_000, 10_850],
    [{ [`${remaining}-clienttype-requests`]: 'DefaultQuota:0' }, 10_000, 11_000],
    [{ [`${remaining}-tenant-requests`]: 'DefaultQuota:3' }, 1_000, 2_000],
    [{ [qpu]: 'QueriesPer10Sec:0', 'retry-after': '3' }, 3_000, 3_850],
    [{ [qpu]: 'QueriesPer10Sec:0', 'retry-after': '90' }, 10_000, 10_850],
    // The quota of one scope, which no other request shares.
    [{ [`${remaining}-entity-requests`]: 'DefaultQuota:0' }, 0, 0],
    [{ [qpu]: 'plenty' }, 0, 0],
    [{ 'x-ms-ratelimit-remaining-subscription-reads': '0' }, 0, 0],
  ]
  for (const [headers, first, second] of rows) {
    test(JSON.stringify(headers), async () => {
      let clock = start
      const pause = async (milliseconds: number) => {
        clock += milliseconds
      }
      const paced = pace({ now: () => clock, pause })
      paced.learn('ours', headers)
      const turns = []
      for (const _request of ['first', 'second']) {
        await paced.turn('ours', deadline)
        turns.push(clock - start)
      }
      assert.deepEqual(turns, [first, second])
    })
  }
})

test('new units end the wait', async () => {
  const paced = pace({ now: () => start })
  paced.learn('ours', { [qpu]: '0' })
  assert.equal(await paced.turn('ours', start + 1_000), 10_000)
  paced.learn('ours', { [qpu]: '12' })
  assert.equal(await paced.turn('ours', start + 1_000), undefined)
})

test('a request that would start after the deadline takes no turn', async () => {
  const paced = pace({ now: () => start })
  paced.learn('ours', { [qpu]: '0' })
  assert.equal(await paced.turn('ours', start + 10_000), 10_000)
  assert.equal(await paced.turn('ours', start + 10_000), 10_000)
})

test('other quotas and requests without a quota do not wait', async () => {
  const paced = pace({ now: () => start })
  paced.learn('ours', { [qpu]: '0' })
  paced.learn(undefined, { [qpu]: '0' })
  assert.equal(await paced.turn('theirs', deadline), undefined)
  assert.equal(await paced.turn(undefined, deadline), undefined)
})
