/** Cost Management's forecast and budgets in the emulator: answers and refusals. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, errorOf, startAzureForTest } from '../../test/support/azure.ts'
import { alice, carol, subscriptions } from '../seed.ts'
import { costRecords } from './planted-costs.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())
beforeEach(() => it.azure.admin.reset())

const scope = `/subscriptions/${subscriptions[0]?.id}`
const path = `${scope}/providers/Microsoft.CostManagement/forecast?api-version=2025-03-01`
const dataset = {
  granularity: 'Daily',
  aggregation: { totalCost: { name: 'Cost', function: 'Sum' } },
}
const body = {
  ...{ type: 'ActualCost', timeframe: 'Custom', dataset },
  timePeriod: { from: '2026-11-19', to: '2026-11-23' },
}

test('a forecast has past and future days, each with its status', async () => {
  const answer = await it.arm(alice, path, { ...body, includeActualCost: true })
  const { properties } = z
    .object({
      properties: z.object({ columns: z.array(z.unknown()), rows: z.array(z.array(z.unknown())) }),
    })
    .parse(await answer.json())
  assert.deepEqual(properties.columns, [
    { name: 'Cost', type: 'Number' },
    { name: 'UsageDate', type: 'Number' },
    { name: 'CostStatus', type: 'String' },
    { name: 'Currency', type: 'String' },
  ])
  assert.deepEqual(
    properties.rows.map(([, date, status]) => [date, status]),
    [
      [20261119, 'Actual'],
      [20261120, 'Actual'],
      [20261121, 'Forecast'],
      [20261122, 'Forecast'],
      [20261123, 'Forecast'],
    ],
  )
})

const refused: [what: string, changes: object][] = [
  ['a grouping', { dataset: { ...dataset, grouping: [] } }],
  ['only past days', { timePeriod: { from: '2026-11-01', to: '2026-11-21' } }],
  ['days in the wrong order', { timePeriod: { from: '2026-12-02', to: '2026-12-01' } }],
  ['fresh costs without actual ones', { includeFreshPartialCost: true }],
  ['an empty filter', { dataset: { ...dataset, filter: {} } }],
  [
    'and with one part',
    {
      dataset: {
        ...dataset,
        filter: { and: [{ tags: { name: 'a', operator: 'In', values: ['b'] } }] },
      },
    },
  ],
]
for (const [what, changes] of refused) {
  test(`a forecast is refused for ${what}`, async () => {
    const answer = await it.arm(alice, path, { ...body, ...changes })
    assert.equal(answer.status, 400)
    assert.match((await errorOf(answer)).message, /^Invalid forecast definition/)
  })
}

test('users who may read costs may read budgets, in supported versions', async () => {
  const budgets = `${scope}/providers/Microsoft.Consumption/budgets?api-version=`
  assert.equal((await it.arm(alice, `${budgets}2024-08-01`)).status, 200)
  assert.equal((await it.arm(alice, `${budgets}2019-01-01`)).status, 400)
  assert.equal((await it.arm(carol, `${budgets}2024-08-01`)).status, 403)
})

test('without a month of costs there is no forecast: 424, or only actual costs', async () => {
  const planted = { subscription: subscriptions[0]?.id, day: '2026-11-20', cost: 2 }
  it.azure.admin.change({ costs: costRecords.parse([planted]) })
  assert.equal((await it.arm(alice, path, body)).status, 424)
  const answer = await it.arm(alice, path, { ...body, includeActualCost: true })
  const { properties } = z
    .object({ properties: z.object({ rows: z.array(z.unknown()) }) })
    .parse(await answer.json())
  assert.deepEqual(properties.rows, [[2, 20261120, 'Actual', 'EUR']])
})
