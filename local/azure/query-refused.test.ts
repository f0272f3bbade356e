import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runQuery } from './cost-query.ts'
import { parseQuery } from './query-request.ts'

const cost = { name: 'Cost', function: 'Sum' }
const monthToDate = (dataset: object = {}) => ({
  type: 'ActualCost',
  timeframe: 'MonthToDate',
  dataset: { granularity: 'None', aggregation: { cost }, ...dataset },
})
const custom = (from: string, to: string) => ({
  ...monthToDate(),
  timeframe: 'Custom',
  timePeriod: { from, to },
})
const by = (...names: string[]) =>
  monthToDate({ grouping: names.map((name) => ({ type: 'Dimension', name })) })
const summing = (aggregation: object) => monthToDate({ aggregation })

const refused = [
  ['an unknown type', { ...monthToDate(), type: 'Forecast' }],
  ['an unknown timeframe', { ...monthToDate(), timeframe: 'TheLastYear' }],
  ['TheLastMonth, documented yet not supported', { ...monthToDate(), timeframe: 'TheLastMonth' }],
  ['a custom timeframe without period', { ...monthToDate(), timeframe: 'Custom' }],
  ['a period that ends before it starts', custom('2026-03-02', '2026-03-01')],
  ['more than a year', custom('2025-01-01', '2026-01-01')],
  ['no date', custom('yesterday', '2026-03-01')],
  ['no aggregation', summing({})],
  ['three aggregations', summing({ a: cost, b: cost, c: cost })],
  ['an unknown measure', summing({ a: { name: 'Beer', function: 'Sum' } })],
  ['an unknown dimension', by('Resource')],
  ['three groupings', by('ServiceName', 'ResourceLocation', 'ResourceGroupName')],
  ['a tag as Tag', monthToDate({ grouping: [{ type: 'Tag', name: 'environment' }] })],
  ['an unknown member', { ...monthToDate(), top: 3 }],
  ['an empty filter', monthToDate({ filter: { dimensions: {} } })],
  ['an order by no column', monthToDate({ sorting: [{ name: 'Beer', direction: 'ascending' }] })],
  ['no body', undefined],
] as const

for (const [what, body] of refused) {
  test(`a query is refused for ${what}`, () => {
    assert.throws(() => runQuery({ query: parseQuery(body), records: [], today: '2026-11-21' }), {
      status: 400,
      code: 'BadRequest',
      message: /^Invalid query definition/,
    })
  })
}
