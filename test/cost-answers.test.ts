/** Cost Management's answers to a query give sums that are right to the cent, or a failure; never a wrong number. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice } from '../local/seed.ts'
import { type CostStack, costsOfSeveral, production, startCostStack } from './support/cost.ts'

let stack: CostStack
before(async () => {
  stack = await startCostStack()
})
after(() => stack.close())
beforeEach(() => stack.reset())

const fail = (order: Parameters<CostStack['azure']['admin']['fail']>[0]) =>
  stack.azure.admin.fail(order)
const asked = () => stack.azure.admin.requests().length
const names = (rows: { name: string; cost: number }[]) => rows.map(({ name, cost }) => [name, cost])
const several = async (args: object = {}) => {
  const { text, data } = await stack.call('cost_by_service', { scope: production, ...args })
  return costsOfSeveral.parse(data, { error: () => text })
}
const day = '2026-11-02'

suite('no costs', () => {
  for (const daily of [false, true]) {
    test(`204 means no costs${daily ? ', day by day' : ''}`, async () => {
      fail({ at: 'query', kind: 'answer', status: 204, times: 2 })
      const { currency, total, rows, missing } = await stack.costs({ daily })
      assert.deepEqual({ currency, total, rows, missing }, noCosts)
    })
  }
  test('rows without currency and cost are no costs', async () => {
    stack.plant([
      { day, cost: 0, currency: '' },
      { day, cost: 0, currency: null },
    ])
    const { currency, total, rows, missing } = await stack.costs({})
    assert.deepEqual({ currency, total, rows, missing }, noCosts)
  })
  const noCosts = { currency: '', total: 0, rows: [], missing: undefined }
})

suite('currencies', () => {
  test('a row without currency and cost makes no second currency', async () => {
    stack.plant([
      { day, cost: 12.5 },
      { day, cost: 0, currency: '' },
      { day, cost: 0, currency: null, service: 'Bandwidth' },
    ])
    const { currency, total, rows } = await stack.costs({})
    assert.deepEqual([currency, total, names(rows)], ['EUR', 12.5, [['Storage', 12.5]]])
  })

  test('two currencies in one subscription are two totals', async () => {
    stack.plant([
      { day, cost: 10 },
      { day, cost: 3, currency: 'USD' },
      { day, cost: 0.25, currency: 'USD', service: 'Bandwidth' },
    ])
    const { totals, rows } = await several()
    assert.deepEqual(totals, [
      { currency: 'EUR', total: 10 },
      { currency: 'USD', total: 3.25 },
    ])
    assert.deepEqual(rows, [
      { name: 'Storage', cost: 10, currency: 'EUR' },
      { name: 'Storage', cost: 3, currency: 'USD' },
      { name: 'Bandwidth', cost: 0.25, currency: 'USD' },
    ])
  })

  test('a cost without a currency is added to none', async () => {
    stack.plant([
      { day, cost: 10 },
      { day, cost: 3, currency: '' },
    ])
    assert.deepEqual((await several()).totals, [
      { currency: '', total: 3 },
      { currency: 'EUR', total: 10 },
    ])
  })
})

suite('names', () => {
  const groups = [
    ['resource_group', 'resourceGroup', ['rg-app', 'RG-App', 'rg-APP']],
    ['location', 'location', ['westeurope', 'WestEurope', 'WESTEUROPE']],
    ['service', 'service', ['storage', 'Storage', 'STORAGE']],
  ] as const
  for (const [groupBy, field, [first, second, third]] of groups) {
    test(`${groupBy}: spellings that differ in case are one row, named as the costliest`, async () => {
      const records = [
        { day, cost: 4, [field]: first },
        { day: '2026-11-03', cost: 5, [field]: second },
        { day: '2026-11-04', cost: 3, [field]: second },
        { day, cost: 7, [field]: third },
        { day, cost: 9, [field]: 'another' },
      ]
      for (const order of [records, records.toReversed()]) {
        stack.plant(order)
        const { rows, total } = await stack.costs({ groupBy })
        assert.deepEqual(names(rows), [
          [second, 19],
          ['another', 9],
        ])
        assert.equal(total, 28)
        const daily = await stack.costs({ groupBy, daily: true })
        assert.deepEqual(
          daily.rows.filter(({ date }) => date === day).map(({ name, cost }) => [name, cost]),
          [
            [second, 11],
            ['another', 9],
          ],
        )
      }
    })
  }

  test('the costliest group is not cut off for its spellings', async () => {
    stack.plant([
      ...['rg-a', 'RG-A', 'Rg-A'].map((resourceGroup) => ({ day, cost: 4, resourceGroup })),
      { day, cost: 5, resourceGroup: 'rg-b' },
    ])
    const { rows, omitted } = await stack.costs({ groupBy: 'resource_group', limit: 1 })
    assert.deepEqual(names(rows), [['RG-A', 12]])
    assert.deepEqual(omitted, { rows: 1, cost: 5 })
  })

  test('values of a tag stay apart', async () => {
    stack.plant([
      { day, cost: 4, tags: { team: 'Blue' } },
      { day, cost: 3, tags: { team: 'blue' } },
      { day, cost: 1.5, tags: { team: '' } },
      { day, cost: 1 },
    ])
    const { rows } = await stack.costs({ groupBy: 'tag:team' })
    assert.deepEqual(names(rows), [
      ['Blue', 4],
      ['blue', 3],
      ['', 2.5],
    ])
  })
})

suite('an answer that cannot be read is a failure', () => {
  const [cost, service, currency, date] = [
    { name: 'Cost', type: 'Number' },
    { name: 'ServiceName', type: 'String' },
    { name: 'Currency', type: 'String' },
    { name: 'UsageDate', type: 'Number' },
  ]
  const row = [1, 'Storage', 'EUR']
  const table = (columns: unknown, rows: unknown) => ({ properties: { columns, rows } })
  const whole = [cost, service, currency]
  const unreadable: [what: string, body: unknown, daily?: true][] = [
    ['no table', { properties: {} }],
    ['no column of costs', table([service, currency], [['Storage', 'EUR']])],
    ['two columns of costs', table([...whole, { name: 'CostUSD', type: 'Number' }], [[...row, 2]])],
    ['no column of currencies', table([cost, service], [[1, 'Storage']])],
    ['no column of groups', table([cost, currency], [[1, 'EUR']])],
    ['a cost that is text', table(whole, [['1', 'Storage', 'EUR']])],
    ['costs that add up to no number', table(whole, [[1e308, 'Storage', 'EUR'], row])],
    ['a short row', table(whole, [row, [1, 'Storage']])],
    ['a long row', table(whole, [row, [...row, 2]])],
    ['no column of dates', table(whole, [row]), true],
    ['no date', table([...whole, date], [[...row, 0]]), true],
    ['a day of last year', table([...whole, date], [[...row, 20251102]]), true],
    ['a day after the last', table([...whole, date], [[...row, 20261122]]), true],
  ]
  for (const [what, body, daily = false] of unreadable) {
    test(what, async () => {
      fail({ at: 'query', kind: 'answer', status: 200, body })
      const { isError, text } = await stack.call('cost_by_service', { scope: production, daily })
      assert.ok(isError, text)
      assert.match(text, /does not understand.*reference/)
    })
  }

  test('costs by day that the month does not have', async () => {
    const body = table([...whole, date], [[...row, 20261110]])
    fail({ at: 'query', kind: 'answer', status: 200, body })
    fail({ at: 'query', kind: 'answer', status: 204 })
    const args = { scope: production, daily: true }
    assert.ok((await stack.call('cost_by_service', args)).isError)
  })

  test('columns are found in any order', async () => {
    const body = table([currency, service, cost], [['EUR', 'Storage', 1]])
    fail({ at: 'query', kind: 'answer', status: 200, body })
    assert.deepEqual((await stack.costs({})).rows, [{ name: 'Storage', cost: 1 }])
  })
})

suite('pages', () => {
  test('more than a thousand pages are an error, not a shorter sum', async () => {
    stack.azure.admin.change({ pageSize: 1 })
    stack.plant(
      Array.from({ length: 1001 }, (_, index) => ({ day, cost: 1, service: `s${index}` })),
    )
    const { isError, text } = await stack.call('cost_by_service', { scope: production })
    assert.ok(isError, text)
    assert.equal(asked(), 1000)
    stack.plant(
      Array.from({ length: 1000 }, (_, index) => ({ day, cost: 1, service: `s${index}` })),
    )
    assert.equal((await stack.costs({})).total, 1000)
  })
})

suite('limits of Cost Management', () => {
  test('queries name their client, to have a quota of their own', async () => {
    stack.azure.admin.change({ limits: { units: false, clientTypes: { Default: 0 } } })
    assert.ok((await stack.costs({})).total > 0)
    assert.ok((await stack.costs({ daily: true })).total > 0)
  })

  test('a year by day is answered although it costs more units than ten seconds have', async () => {
    const started = performance.now()
    const app = stack.app({
      now: () => Date.parse('2026-11-21T12:00:00Z') + performance.now() - started,
    })
    const args = { scope: production, from: '2025-11-22', to: '2026-11-21', limit: 1 }
    const undivided = await stack.costs(args)
    stack.azure.admin.change({ pageSize: 5000, limits: { units: true } })
    const { isError, text, data } = await app.result(
      await stack.tokenOf(alice),
      'cost_by_service',
      { ...args, daily: true },
    )
    assert.equal(isError, false, text)
    assert.ok(Math.abs(Number(data?.total) - undivided.total) < 0.01)
    assert.ok(
      stack.azure.admin.requests().every(({ status }) => status === 200),
      'it slows down before it is refused',
    )
  })
})
