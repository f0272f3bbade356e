import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCosts, resourceGroupsOf } from '../local/azure/data.ts'
import { addMonths } from '../local/azure/days.ts'
import { subscriptions } from '../local/seed.ts'

const [production, staging] = subscriptions
assert.ok(production && staging)
const costsOn = (today: string) => createCosts(() => today)

test('the same seed grows the same costs, whatever day it is', () => {
  const november = costsOn('2026-11-21')(production)
  assert.deepEqual(costsOn('2026-11-21')(production), november)
  const isShared = ({ day }: { day: string }) => day >= '2026-01-01' && day <= '2026-11-20'
  assert.deepEqual(costsOn('2026-11-20')(production).filter(isShared), november.filter(isShared))
})

test('every subscription has thirteen months of at least thirty services', () => {
  const costs = costsOn('2026-11-21')
  const totals = subscriptions.map((subscription) => {
    const records = costs(subscription)
    assert.ok(new Set(records.map(({ service }) => service)).size >= 30)
    assert.equal(records[0]?.day, '2025-10-01')
    assert.equal(records.at(-1)?.day, '2026-11-21')
    assert.ok(records.every(({ cost }) => cost > 0))
    const groups = new Set(records.map(({ resourceGroup }) => resourceGroup))
    assert.deepEqual([...groups], resourceGroupsOf(subscription))
    return records.reduce((sum, { cost }) => sum + cost, 0)
  })
  assert.equal(totals.length, 6)
  assert.equal(new Set(totals).size, 6, 'no two subscriptions cost the same')
})

test('weekends are cheaper, most of all in staging, and costs grow', () => {
  const mean = (records: { cost: number }[], days: number) =>
    records.reduce((sum, { cost }) => sum + cost, 0) / days
  const share = (of: typeof production) => {
    const records = costsOn('2026-11-21')(of)
    const on = (...days: string[]) =>
      mean(
        records.filter((r) => days.includes(r.day)),
        days.length,
      )
    return on('2026-11-14', '2026-11-15') / on('2026-11-12', '2026-11-13')
  }
  assert.ok(share(production) < 0.9)
  assert.ok(share(staging) < share(production))
  const records = costsOn('2026-11-21')(production)
  const month = (name: string) =>
    mean(
      records.filter((r) => r.day.startsWith(name)),
      1,
    )
  assert.ok(month('2026-10') > month('2025-10'))
})

test('costs are grown once a day, on first use', () => {
  let today = '2026-11-21'
  const costs = createCosts(() => today)
  const first = costs(production)
  assert.equal(costs(production), first)
  today = '2026-11-22'
  assert.equal(costs(production).at(-1)?.day, '2026-11-22')
})

const months = [
  ['2026-03-31', -1, '2026-02-28'],
  ['2024-01-31', 1, '2024-02-29'],
  ['2026-01-15', -1, '2025-12-15'],
  ['2026-12-31', 12, '2027-12-31'],
] as const

for (const [day, count, expected] of months) {
  test(`${day} and ${count} months is ${expected}`, () => {
    assert.equal(addMonths(day, count), expected)
  })
}
