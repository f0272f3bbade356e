/** Parts of costs, two groups at once, pages, comparisons, forecasts and budgets, on one fixed day. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { alice, bob } from '../local/seed.ts'
import { type CostStack, costs, production, startCostStack } from './support/cost.ts'

let stack: CostStack
before(async () => {
  stack = await startCostStack()
})
after(() => stack.close())
beforeEach(() => stack.reset())

const asked = () => stack.azure.admin.requests().length
const sum = (rows: { cost: number }[]) => rows.reduce((total, { cost }) => total + cost, 0)
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 0.01, `${a} and ${b}`)
const day = '2026-11-02'

async function answer<Answer>(name: string, schema: z.ZodType<Answer>, args: object = {}) {
  const { isError, text, data } = await stack.call(name, { scope: production, ...args })
  assert.equal(isError, false, text)
  return schema.parse(data)
}
const refusal = async (name: string, args: object) => {
  const { isError, text } = await stack.call(name, { scope: production, ...args })
  assert.ok(isError, text)
  return text
}

suite('filters', () => {
  const planted = [
    { day, cost: 1, service: 'Storage', resourceGroup: 'rg-a', tags: { team: 'x' } },
    { day, cost: 2, service: 'Storage', resourceGroup: 'rg-b', tags: { team: 'y', env: 'p' } },
    { day, cost: 4, service: 'Backup', resourceGroup: 'rg-a', tags: { team: 'x', env: 'p' } },
    { day, cost: 8, service: 'Key Vault', resourceGroup: 'rg-b' },
  ]
  const parts: [args: Record<string, unknown>, total: number][] = [
    [{ services: ['Storage'] }, 3],
    [{ services: ['storage', 'Backup'] }, 7],
    [{ resourceGroups: ['RG-A'] }, 5],
    [{ services: ['Storage'], resourceGroups: ['rg-b'] }, 2],
    [{ tags: ['team=x'] }, 5],
    [{ tags: ['team=x', 'team=y'] }, 7],
    [{ tags: ['team=x', 'env=p'] }, 4],
    [{ services: ['no such service'] }, 0],
  ]
  for (const [args, total] of parts) {
    test(`${JSON.stringify(args)} counts only that`, async () => {
      stack.plant(planted)
      assert.equal((await stack.costs(args)).total, total)
      assert.equal((await stack.costs({ ...args, daily: true })).total, total)
    })
  }

  test('a resource is a group, and its id a filter', async () => {
    const { rows, total } = await stack.costs({ groupBy: 'resource', limit: 1000 })
    const [costliest] = rows
    assert.match(costliest?.name ?? '', /^\/subscriptions\/.*\/providers\/microsoft\./)
    near(sum(rows), total)
    const one = await stack.costs({ resources: [costliest?.name] })
    near(one.total, costliest?.cost ?? Number.NaN)
  })

  const refused: [args: object, problem: RegExp][] = [
    [{ services: [] }, /services/],
    [{ services: 'Storage' }, /services/],
    [{ tags: ['team'] }, /<name>=<value>/],
    [{ tags: ['=x'] }, /<name>=<value>/],
    [{ thenBy: 'service' }, /thenBy: must differ/],
    [{ groupBy: 'tag:a', thenBy: 'tag:b' }, /only one of the two/],
  ]
  for (const [args, problem] of refused) {
    test(`${JSON.stringify(args)} is refused before Azure is asked`, async () => {
      assert.match(await refusal('cost_by_service', args), problem)
      assert.equal(asked(), 0)
    })
  }
})

suite('two groups at once', () => {
  const row = z.object({ name: z.string(), thenName: z.string(), cost: z.number() })
  const twoGroups = z.object({ total: z.number(), rows: z.array(row) })
  for (const thenBy of ['resource_group', 'location', 'tag:costCenter']) {
    test(`service and ${thenBy} add up to services`, async () => {
      const services = await stack.costs({ limit: 1000 })
      const { rows, total } = await answer('cost_by_service', twoGroups, { thenBy, limit: 1000 })
      near(total, services.total)
      for (const { name, cost } of services.rows) {
        near(sum(rows.filter((each) => each.name === name)), cost)
      }
      const keys = rows.map(({ name, thenName }) => JSON.stringify([name, thenName]))
      assert.equal(new Set(keys).size, keys.length)
    })
  }

  test('spellings that differ in case are one group in both', async () => {
    stack.plant([
      { day, cost: 1, service: 'storage', resourceGroup: 'RG-A' },
      { day, cost: 3, service: 'Storage', resourceGroup: 'rg-a' },
    ])
    const { rows } = await answer('cost_by_service', twoGroups, { thenBy: 'resource_group' })
    assert.deepEqual(rows, [{ name: 'Storage', thenName: 'rg-a', cost: 4 }])
  })

  test('a tag may stand first', async () => {
    const args = { groupBy: 'tag:environment', thenBy: 'service', limit: 1000 }
    const { rows } = await answer('cost_by_service', twoGroups, args)
    assert.ok(rows.some(({ name, thenName }) => name === 'production' && thenName === 'Storage'))
  })
})

suite('pages', () => {
  const page = async (args: object) =>
    costs.parse((await stack.again('cost_by_service', args)).data)
  const base = { scope: production, groupBy: 'service', thenBy: undefined }

  test('every row stands on one page, and pages cost Azure one question', async () => {
    const whole = await stack.costs({ limit: 1000 })
    const before = asked()
    const rows = []
    for (let next: string | undefined = ''; next !== undefined; ) {
      const got = await page({ scope: production, limit: 7, ...(next && { page: next }) })
      assert.equal(got.total, whole.total)
      near(sum(got.rows) + got.omitted.cost, whole.total)
      rows.push(...got.rows)
      next = got.nextPage
    }
    assert.deepEqual(rows, whole.rows)
    assert.equal(asked(), before)
  })

  test('a page token is refused for another user, question, tool or day, and when changed', async () => {
    const { nextPage = '' } = await page({ scope: production, limit: 3 })
    const before = asked()
    const others: [args: object, name?: string, user?: typeof alice][] = [
      [{ ...base, page: nextPage }, 'cost_by_service', bob],
      [{ ...base, page: nextPage, daily: true }],
      [{ ...base, page: nextPage, services: ['Storage'] }],
      [{ ...base, page: nextPage, period: 'last_month' }],
      [{ ...base, page: nextPage.replace('3.', '4.') }],
      [{ ...base, page: 'x' }],
      [{ scope: production, page: nextPage }, 'compare_costs'],
    ]
    for (const [args, name = 'cost_by_service', user = alice] of others) {
      const { isError, text } = await stack.again(name, args, user)
      assert.ok(isError, JSON.stringify(args))
      assert.match(text, /page: valid only for the same user/)
    }
    assert.equal(asked(), before, 'nothing was spent')
    stack.wait(2 * 60 * 60_000)
    const tomorrow = await stack.again('cost_by_service', { scope: production, page: nextPage })
    assert.match(tomorrow.text, /page: valid only for the same user/)
  })

  test('costs that changed between two pages are refused, since they do not add up', async () => {
    const services = ['a', 'b', 'c']
    stack.plant(services.map((service) => ({ day, service, cost: 1 })))
    const { nextPage } = await stack.costs({ limit: 2 })
    stack.plant(services.map((service) => ({ day, service, cost: 2 })))
    assert.match(
      await refusal('cost_by_service', { limit: 2, page: nextPage }),
      /costs have changed since the first page/,
    )
  })
})

const comparison = z.object({
  from: z.string(),
  to: z.string(),
  previous: z.object({ from: z.string(), to: z.string() }),
  totals: z.array(
    z.object({
      currency: z.string(),
      cost: z.number(),
      previousCost: z.number(),
      change: z.number(),
    }),
  ),
  rows: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      cost: z.number(),
      previousCost: z.number(),
      change: z.number(),
      currency: z.string(),
    }),
  ),
  asOf: z.iso.datetime(),
})

suite('compare_costs', () => {
  const spans: [args: object, days: string, previous: string][] = [
    [{}, '2026-11-01 2026-11-21', '2026-10-01 2026-10-21'],
    [{ period: 'last_month' }, '2026-10-01 2026-10-31', '2026-09-01 2026-09-30'],
    [{ period: 'last_7_days' }, '2026-11-15 2026-11-21', '2026-11-08 2026-11-14'],
    [{ from: '2026-03-01', to: '2026-03-30' }, '2026-03-01 2026-03-30', '2026-02-01 2026-02-28'],
    [{ from: '2026-01-01', to: '2026-06-30' }, '2026-01-01 2026-06-30', '2025-07-04 2025-12-31'],
    [
      { period: 'last_month', previousFrom: '2026-01-01', previousTo: '2026-01-31' },
      '2026-10-01 2026-10-31',
      '2026-01-01 2026-01-31',
    ],
  ]
  for (const [args, days, before] of spans) {
    test(`${JSON.stringify(args)}: ${days} against ${before}`, async () => {
      const { from, to, previous } = await answer('compare_costs', comparison, args)
      assert.deepEqual([`${from} ${to}`, `${previous.from} ${previous.to}`], [days, before])
    })
  }

  test('the biggest changes come first, with what is new, gone or the same', async () => {
    stack.plant([
      { day: '2026-10-02', cost: 10, service: 'Storage' },
      { day, cost: 4, service: 'storage' },
      { day, cost: 20, service: 'Backup' },
      { day: '2026-10-02', cost: 7, service: 'CDN' },
      { day: '2026-10-02', cost: 1, service: 'DNS' },
      { day, cost: 1, service: 'DNS' },
    ])
    const { totals, rows } = await answer('compare_costs', comparison)
    assert.deepEqual(totals, [{ currency: 'EUR', cost: 25, previousCost: 18, change: 7 }])
    assert.deepEqual(
      rows.map(({ name, status, change }) => [name, status, change]),
      [
        ['Backup', 'new', 20],
        ['CDN', 'gone', -7],
        ['Storage', 'less', -6],
        ['DNS', 'same', 0],
      ],
    )
  })

  test('a service that was renamed is gone under one name and new under another', async () => {
    const { rows } = await answer('compare_costs', comparison, { limit: 1000 })
    const statuses = new Map(rows.map(({ name, status }) => [name, status]))
    assert.equal(statuses.get('Cognitive Services'), 'gone')
    assert.equal(statuses.get('Foundry Tools'), 'new')
  })

  test('currencies are compared apart', async () => {
    stack.plant([
      { day, cost: 5 },
      { day, cost: 3, currency: 'USD' },
      { day: '2026-10-02', cost: 2, currency: 'USD' },
    ])
    const { totals } = await answer('compare_costs', comparison)
    assert.deepEqual(
      totals.map(({ currency, change }) => [currency, change]),
      [
        ['EUR', 5],
        ['USD', 1],
      ],
    )
  })

  for (const args of [{ previousFrom: day }, { previousFrom: day, previousTo: '2026-10-01' }]) {
    test(`${JSON.stringify(args)} is refused before Azure is asked`, async () => {
      assert.match(await refusal('compare_costs', args), /previous/)
      assert.equal(asked(), 0)
    })
  }

  test('rows add up to the totals to the cent, for any costs', async () => {
    const record = fc.record({
      day: fc.constantFrom('2026-10-01', '2026-10-21', '2026-10-22', '2026-11-01', '2026-11-21'),
      cents: fc.integer({ min: -2000, max: 100_000 }),
      service: fc.constantFrom('Storage', 'storage', 'Backup', 'DNS'),
      currency: fc.constantFrom('EUR', 'USD'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 30 }), async (planted) => {
        stack.plant(planted.map(({ cents, ...rest }) => ({ ...rest, cost: cents / 100 })))
        const { totals, rows } = await answer('compare_costs', comparison, { limit: 1000 })
        const cents = (currency: string, from: string, to: string) =>
          planted
            .filter((it) => it.currency === currency && it.day >= from && it.day <= to)
            .reduce((total, it) => total + it.cents, 0)
        for (const { currency, cost, previousCost, change } of totals) {
          const own = rows.filter((row) => row.currency === currency)
          const [is, was] = [
            cents(currency, '2026-11-01', '2026-11-21'),
            cents(currency, '2026-10-01', '2026-10-21'),
          ]
          assert.equal(Math.round(cost * 100), is)
          assert.equal(Math.round(previousCost * 100), was)
          assert.equal(Math.round(change * 100), is - was)
          assert.equal(Math.round(sum(own) * 100), is)
          const changes = own.reduce((total, row) => total + row.change, 0)
          assert.equal(Math.round(changes * 100), is - was)
        }
      }),
      { numRuns: 60 },
    )
  })
})

const forecast = z.object({
  from: z.string(),
  to: z.string(),
  totals: z.array(
    z.object({
      currency: z.string(),
      actual: z.number(),
      forecast: z.number(),
      total: z.number(),
    }),
  ),
  rows: z.array(
    z.object({ date: z.string(), cost: z.number(), status: z.string(), currency: z.string() }),
  ),
  asOf: z.iso.datetime(),
})

suite('cost_forecast', () => {
  test('covers the month by default, spent before today and expected from today', async () => {
    const { from, to, totals, rows } = await answer('cost_forecast', forecast)
    assert.deepEqual([from, to], ['2026-11-01', '2026-11-30'])
    assert.equal(rows.length, 30)
    const spent = await stack.costs({ from: '2026-11-01', to: '2026-11-20' })
    const [total] = totals
    near(total?.actual ?? 0, spent.total)
    near((total?.actual ?? 0) + (total?.forecast ?? 0), total?.total ?? 0)
    near(sum(rows), total?.total ?? 0)
    assert.deepEqual(
      rows.map(({ date, status }) => status === (date < '2026-11-21' ? 'actual' : 'forecast')),
      rows.map(() => true),
    )
  })

  test('covers a part of the costs, and ends on another day', async () => {
    const args = { services: ['Storage'], to: '2027-01-31' }
    const { to, totals } = await answer('cost_forecast', forecast, args)
    const spent = await stack.costs({
      ...{ from: '2026-11-01', to: '2026-11-20', services: ['Storage'] },
    })
    assert.equal(to, '2027-01-31')
    near(totals[0]?.actual ?? 0, spent.total)
  })

  test('has a total for each currency', async () => {
    const scope = '/providers/Microsoft.Management/managementGroups/contoso'
    const { totals } = await answer('cost_forecast', forecast, { scope })
    assert.deepEqual(
      totals.map(({ currency }) => currency),
      ['EUR', 'USD'],
    )
  })

  for (const to of ['2026-11-21', '2026-11-01', '2027-11-21', 'tomorrow']) {
    test(`to ${to} is refused before Azure is asked`, async () => {
      assert.match(await refusal('cost_forecast', { to }), /to: must/)
      assert.equal(asked(), 0)
    })
  }

  test('says when Azure forecasts nothing for lack of a month of costs', async () => {
    stack.plant([{ day, cost: 1 }])
    const schema = forecast.extend({ partial: z.string() })
    const { totals, partial } = await answer('cost_forecast', schema)
    assert.deepEqual(totals, [{ currency: 'EUR', actual: 1, forecast: 0, total: 1 }])
    assert.match(partial, /gave no forecast/)
  })

  test('fails when the answer has days that were not asked for', async () => {
    const columns = [
      { name: 'Cost', type: 'Number' },
      { name: 'UsageDate', type: 'Number' },
      { name: 'CostStatus', type: 'String' },
      { name: 'Currency', type: 'String' },
    ]
    const unusable = [
      [1, 20251101, 'Forecast', 'EUR'],
      [1, 20261122, 'Guess', 'EUR'],
      [null, 20261122, 'Forecast', 'EUR'],
    ]
    for (const row of unusable) {
      const body = { properties: { columns, rows: [row] } }
      stack.azure.admin.fail({ at: 'forecast', kind: 'answer', status: 200, body })
      assert.match(await refusal('cost_forecast', {}), /does not understand/)
    }
  })
})

const budgets = z.object({
  budgets: z.array(
    z.strictObject({
      name: z.string(),
      amount: z.number(),
      spent: z.number().optional(),
      percent: z.number().optional(),
      forecast: z.number().optional(),
      currency: z.string().optional(),
      period: z.string(),
      from: z.string(),
      to: z.string().optional(),
      isPartial: z.boolean(),
    }),
  ),
})

suite('list_budgets', () => {
  test('says what is spent of each, the closest to its amount first', async () => {
    const { budgets: listed } = await answer('list_budgets', budgets)
    const spent = new Map(listed.map((it) => [it.name, it.spent ?? 0]))
    assert.equal(listed.length, 3)
    near(spent.get('production-monthly') ?? 0, (await stack.costs({})).total)
    const year = await stack.costs({ from: '2026-01-01', to: '2026-11-21' })
    near(spent.get('production-year') ?? 0, year.total)
    const machines = await stack.costs({ services: ['Virtual Machines'] })
    near(spent.get('machines') ?? 0, machines.total)
    assert.deepEqual(
      listed,
      listed.toSorted((a, b) => (b.percent ?? 0) - (a.percent ?? 0)),
    )
    assert.deepEqual(listed.map(({ name, isPartial }) => isPartial && name).filter(Boolean), [
      'machines',
    ])
  })

  test('a budget that Azure has not evaluated yet has no spend', async () => {
    const scope = `/subscriptions/${production}`
    const planted = { scope, name: 'new', amount: 5, isEvaluated: false }
    stack.azure.admin.change({
      budgets: [
        {
          ...planted,
          timeGrain: 'Monthly',
          from: '2026-11-01',
          to: '2027-11-01',
          services: [],
          thresholds: [],
        },
      ],
    })
    const { budgets: listed } = await answer('list_budgets', budgets)
    assert.deepEqual(listed, [
      {
        name: 'new',
        amount: 5,
        period: 'Monthly',
        from: '2026-11-01',
        to: '2027-11-01',
        isPartial: false,
      },
    ])
  })

  test('all pages make one list, and none is no error', async () => {
    stack.azure.admin.change({ pageSize: 1 })
    assert.equal((await answer('list_budgets', budgets)).budgets.length, 3)
    const scope = `/subscriptions/${production}/resourceGroups/rg-contoso-production-web`
    assert.deepEqual((await answer('list_budgets', budgets, { scope })).budgets, [])
  })
})
