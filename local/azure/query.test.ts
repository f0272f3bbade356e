import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, startAzureForTest } from '../../test/support/azure.ts'
import { alice, subscriptions } from '../seed.ts'
import { settingsSchema } from './settings.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())
beforeEach(() => it.azure.admin.reset())

const production = `/subscriptions/${subscriptions[0]?.id}`
const contoso = '/providers/Microsoft.Management/managementGroups/contoso'
const path = (scope: string) =>
  `${scope}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`

const aggregation = { totalCost: { name: 'Cost', function: 'Sum' } }
const monthToDate = (dataset: object = {}) => ({
  type: 'ActualCost',
  timeframe: 'MonthToDate',
  dataset: { granularity: 'None', aggregation, ...dataset },
})
const custom = (from: string, to: string, dataset: object = {}) => ({
  ...monthToDate(dataset),
  timeframe: 'Custom',
  timePeriod: { from, to },
})
const by = (...names: string[]) => ({
  grouping: names.map((name) => ({ type: 'Dimension', name })),
})

const answer = z.object({
  type: z.literal('Microsoft.CostManagement/query'),
  properties: z.object({
    nextLink: z.url().nullable(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.tuple([z.number()], z.union([z.string(), z.number(), z.null()]))),
  }),
})

async function run(body: object, at = path(production)) {
  const response = await it.arm(alice, at, body)
  assert.equal(response.status, 200, await response.clone().text())
  const { properties } = answer.parse(await response.json())
  return { ...properties, names: properties.columns.map(({ name }) => name) }
}

const sum = (rows: [number, ...unknown[]][]) => rows.reduce((total, [cost]) => total + cost, 0)
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} and ${b}`)

const groupings = [
  ['ServiceName', by('ServiceName'), ['Cost', 'ServiceName', 'Currency']],
  ['ResourceGroupName', by('ResourceGroupName'), ['Cost', 'ResourceGroupName', 'Currency']],
  ['ResourceGroup', by('ResourceGroup'), ['Cost', 'ResourceGroup', 'Currency']],
  ['ResourceLocation', by('ResourceLocation'), ['Cost', 'ResourceLocation', 'Currency']],
  [
    'two dimensions',
    by('ServiceName', 'ResourceLocation'),
    ['Cost', 'ServiceName', 'ResourceLocation', 'Currency'],
  ],
  [
    'a tag',
    { grouping: [{ type: 'TagKey', name: 'costcenter' }] },
    ['Cost', 'TagKey', 'TagValue', 'Currency'],
  ],
  ['day', { granularity: 'Daily' }, ['Cost', 'UsageDate', 'Currency']],
  ['month', { granularity: 'Monthly' }, ['Cost', 'BillingMonth', 'Currency']],
  [
    'day and service',
    { granularity: 'Daily', ...by('ServiceName') },
    ['Cost', 'UsageDate', 'ServiceName', 'Currency'],
  ],
] as const

for (const [what, dataset, columns] of groupings) {
  test(`costs grouped by ${what} add up to the whole`, async () => {
    const whole = await run(monthToDate())
    const grouped = await run(monthToDate(dataset))
    assert.equal(whole.rows.length, 1)
    assert.deepEqual(grouped.names, columns)
    close(sum(grouped.rows), sum(whole.rows))
  })
}

test('costs without the tag have null as its value', async () => {
  const { rows } = await run(monthToDate({ grouping: [{ type: 'TagKey', name: 'costCenter' }] }))
  const values = rows.map(([, key, value]) => [key, value])
  assert.ok(values.some(([key, value]) => key === 'costCenter' && value === null))
  assert.ok(values.some(([, value]) => value === 'CC-2002'))
})

test('resource groups add up to their subscription', async () => {
  const { rows } = await run(monthToDate(by('ResourceGroupName')))
  const single = await Promise.all(
    rows.map(([, name]) => run(monthToDate(), path(`${production}/resourceGroups/${name}`))),
  )
  assert.equal(single.length, 6)
  close(sum(single.flatMap((each) => each.rows)), sum(rows))
})

test('a management group over two currencies keeps them apart', async () => {
  const { rows } = await run(monthToDate(by('SubscriptionName')), path(contoso))
  assert.deepEqual(
    rows.map(([, name, currency]) => [name, currency]),
    [
      ['Contoso Production', 'EUR'],
      ['Contoso Staging', 'EUR'],
      ['Contoso Data Platform', 'USD'],
    ],
  )
})

const periods = [
  ['MonthToDate', { timeframe: 'MonthToDate' }, 20261101, 20261121],
  ['BillingMonthToDate', { timeframe: 'BillingMonthToDate' }, 20261101, 20261121],
  ['TheLastBillingMonth', { timeframe: 'TheLastBillingMonth' }, 20261001, 20261031],
  ['WeekToDate', { timeframe: 'WeekToDate' }, 20261115, 20261121],
  ['days', custom('2026-02-27', '2026-03-02'), 20260227, 20260302],
  ['moments', custom('2026-02-27T00:00:00Z', '2026-03-02T23:59:59+00:00'), 20260227, 20260302],
  ['a year', custom('2025-11-22', '2026-11-21'), 20251122, 20261121],
] as const

for (const [what, change, first, last] of periods) {
  test(`${what}: from ${first} to ${last}, every day once`, async () => {
    const { rows } = await run({
      ...monthToDate(),
      ...change,
      dataset: monthToDate({ granularity: 'Daily' }).dataset,
    })
    const days = rows.map(([, day]) => day)
    assert.equal(days[0], first)
    assert.equal(days.at(-1), last)
    assert.equal(new Set(days).size, days.length)
  })
}

test('rows are sorted as requested', async () => {
  const sorting = [{ name: 'Cost', direction: 'Descending' }]
  const { rows } = await run(monthToDate({ ...by('ServiceName'), sorting }))
  const costs = rows.map(([cost]) => cost)
  assert.deepEqual(
    costs,
    costs.toSorted((a, b) => b - a),
  )
})

test('pages contain every row once, and the same body gets the next', async () => {
  const body = custom('2026-01-01', '2026-06-30', { granularity: 'Daily', ...by('ServiceName') })
  it.azure.admin.change({ pageSize: 100_000 })
  const whole = await run(body)
  it.azure.admin.change({ pageSize: 1000 })
  const rows: typeof whole.rows = []
  let next: string | null = path(production)
  while (next !== null) {
    const page: typeof whole = await run(body, next)
    assert.ok(page.rows.length <= 1000)
    rows.push(...page.rows)
    next = page.nextLink
  }
  assert.ok(rows.length > 2000)
  assert.deepEqual(rows, whole.rows)
})

test('a nextLink is valid only unaltered, for its query and scope', async () => {
  it.azure.admin.change({ pageSize: 5 })
  const body = monthToDate(by('ServiceName'))
  const { nextLink } = await run(body)
  assert.ok(nextLink)
  const wrong = [
    [nextLink, monthToDate(by('ResourceLocation'))],
    [nextLink.replace(production, contoso), body],
    [nextLink.replace('skiptoken=5', 'skiptoken=6'), body],
  ] as const
  for (const [link, query] of wrong) assert.equal((await it.arm(alice, link, query)).status, 400)
})

test('a body that is not JSON is refused', async () => {
  const headers = { Authorization: `Bearer ${await it.tokenFor(alice)}` }
  const url = `${it.azure.arm}${path(production)}`
  const response = await fetch(url, { method: 'POST', headers, body: '{' })
  assert.equal(response.status, 400)
})

test('planted costs replace the computed ones, unchanged', async () => {
  const of = { subscription: subscriptions[0]?.id ?? '', day: '2026-11-02' }
  it.azure.admin.change({
    costs: settingsSchema.shape.costs.parse([
      { ...of, service: 'Storage', cost: 10 },
      { ...of, service: 'storage', cost: 4 },
      { ...of, service: 'Storage', cost: 2, currency: 'USD' },
      { ...of, service: 'Storage', cost: 0, currency: '' },
      { ...of, service: 'Storage', cost: 0, currency: null },
    ]),
  })
  const { rows } = await run(monthToDate(by('ServiceName')))
  assert.deepEqual(rows, [
    [10, 'Storage', 'EUR'],
    [4, 'storage', 'EUR'],
    [2, 'Storage', 'USD'],
    [0, 'Storage', ''],
    [0, 'Storage', null],
  ])
})

test('days are cut when the guardrail is on', async () => {
  it.azure.admin.change({ guardrails: ['range'] })
  const { rows } = await run(custom('2026-08-01', '2026-10-31', { granularity: 'Daily' }))
  assert.equal(rows.length, 31)
  assert.equal(rows[0]?.[1], 20261001)
})
