/** list_subscriptions and cost_by_service against the ARM emulator, on one fixed day. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { alice, bob, carol, carolNeedsMfa, subscriptions } from '../local/seed.ts'
import {
  type CostStack,
  costs,
  costsOfSeveral,
  dataPlatform,
  production,
  retail,
  startCostStack,
} from './support/cost.ts'

let stack: CostStack
before(async () => {
  stack = await startCostStack()
})
after(() => stack.close())
beforeEach(() => {
  stack.reset()
  stack.entra.admin.removePolicy(carolNeedsMfa.id)
})

const near = (a: number, b: number, what = '') =>
  assert.ok(Math.abs(a - b) < 0.01, `${what} ${a} and ${b}`)
const sum = (rows: { cost: number }[]) => rows.reduce((total, { cost }) => total + cost, 0)
const settings = (pageSize: number) => stack.azure.admin.change({ pageSize })
const asked = () => stack.azure.admin.requests().length

suite('list_subscriptions', () => {
  const lists = [
    ['alice sees hers', alice],
    ['bob sees his', bob],
    ['carol sees none, which is no error', carol],
  ] as const
  for (const [what, user] of lists) {
    test(what, async () => {
      const { isError, data } = await stack.call('list_subscriptions', {}, user)
      assert.equal(isError, false)
      const mine = subscriptions.filter(({ readers }) => readers.includes(user.oid))
      assert.deepEqual(data, {
        subscriptions: mine.map(({ id, name }) => ({ id, name, state: 'Enabled' })),
      })
    })
  }

  test('all pages make one list', async () => {
    settings(1)
    const { data } = await stack.call('list_subscriptions', {})
    assert.ok(Array.isArray(data?.subscriptions))
    assert.equal(data.subscriptions.length, 3)
    assert.equal(asked(), 3)
  })

  test('the text for a model has the same data', async () => {
    const { text, data } = await stack.call('list_subscriptions', {})
    assert.deepEqual(JSON.parse(text), data)
  })
})

suite('periods', () => {
  const periods: [period: string | undefined, from: string, to: string][] = [
    [undefined, '2026-11-01', '2026-11-21'],
    ['month_to_date', '2026-11-01', '2026-11-21'],
    ['last_month', '2026-10-01', '2026-10-31'],
    ['last_7_days', '2026-11-15', '2026-11-21'],
    ['last_30_days', '2026-10-23', '2026-11-21'],
  ]
  for (const [period, from, to] of periods) {
    test(`${period ?? 'none'}: ${from} to ${to}, every day in it`, async () => {
      const { rows, ...counted } = await stack.costs({ period, daily: true, limit: 1000 })
      assert.deepEqual([counted.from, counted.to], [from, to])
      const days = [...new Set(rows.map(({ date }) => date))]
      assert.equal(days.length, (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1)
      assert.equal(days[0], from)
      assert.equal(days.at(-1), to)
    })
  }

  const ranges: [from: string, to: string][] = [
    ['2026-02-28', '2026-03-01'],
    ['2026-11-21', '2026-11-21'],
    ['2025-11-22', '2026-11-21'],
  ]
  for (const [from, to] of ranges) {
    test(`custom, ${from} to ${to}, with its name or without`, async () => {
      const named = await stack.costs({ period: 'custom', from, to })
      const unnamed = await stack.costs({ from, to })
      assert.deepEqual([named.from, named.to], [from, to])
      assert.deepEqual(named, unnamed)
      assert.ok(named.total > 0)
    })
  }

  const dateTimes = [
    '2026-11-02T00:00:00Z',
    '2026-11-02T23:59:59.999+14:00',
    '2026-11-02T00:00',
    // As Copilot Studio sends dates.
    { $kind: 'DateTime', value: '2026-11-02T00:00:00' },
  ]
  for (const from of dateTimes) {
    test(`reads ${JSON.stringify(from)} as the day that is written`, async () => {
      const counted = await stack.costs({ from, to: '2026-11-03T00:00:00' })
      assert.deepEqual([counted.from, counted.to], ['2026-11-02', '2026-11-03'])
    })
  }

  test('a last day in the future counts as today, and the answer says so', async () => {
    const future = await stack.costs({ from: '2026-11-20', to: '2027-12-31' })
    assert.equal(future.to, '2026-11-21')
    assert.match(future.partial ?? '', /2027-12-31 is in the future.*today, 2026-11-21/)
    const { partial, ...known } = await stack.costs({ from: '2026-11-20', to: '2026-11-21' })
    assert.equal(partial, undefined)
    assert.equal(known.total, future.total)
  })

  const refused: [args: Record<string, unknown>, problem: RegExp][] = [
    [{ period: 'custom' }, /from and to/],
    [{ period: 'custom', from: '2026-11-01' }, /from and to/],
    [{ to: '2026-11-01' }, /from and to/],
    [{ period: 'last_month', from: '2026-10-01', to: '2026-10-02' }, /from and to/],
    [{ from: '2026-11-02', to: '2026-11-01' }, /from: must not be after to/],
    [{ from: '2026-11-22', to: '2026-11-23' }, /from: must not be in the future/],
    [{ from: '2025-11-21', to: '2026-11-21' }, /less than a year/],
    [{ from: '2024-02-29', to: '2025-03-01' }, /less than a year/],
    [{ from: '2026-02-30', to: '2026-03-01' }, /from.*date that exists/],
    [{ from: '2026-1-1', to: '2026-03-01' }, /from.*YYYY-MM-DD/],
    [{ from: '2026-11-01T99:junk', to: '2026-11-02' }, /from.*YYYY-MM-DD/],
    [{ from: '2026-11-01 00:00', to: '2026-11-02' }, /from.*YYYY-MM-DD/],
    [{ from: '2026-02-29T00:00:00Z', to: '2026-03-01' }, /from.*date that exists/],
    [{ from: 'yesterday', to: 'today' }, /from.*YYYY-MM-DD/],
  ]
  for (const [args, problem] of refused) {
    test(`${JSON.stringify(args)} is refused before Azure is asked`, async () => {
      const scope = { scope: production }
      const { isError, text } = await stack.call('cost_by_service', { ...scope, ...args })
      assert.ok(isError)
      assert.match(text, problem)
      assert.equal(asked(), 0)
    })
  }
})

suite('groups', () => {
  const groups: [groupBy: string, some: string][] = [
    ['service', 'Virtual Machines'],
    ['resource_group', 'rg-contoso-production-data'],
    ['location', 'westeurope'],
    ['tag:environment', 'production'],
    ['tag:CostCenter', 'CC-2002'],
  ]
  for (const [groupBy, some] of groups) {
    test(`${groupBy} adds up to the whole`, async () => {
      const whole = await stack.costs({})
      const { rows, total, currency, omitted } = await stack.costs({ groupBy })
      assert.equal(currency, 'EUR')
      assert.deepEqual(omitted, { rows: 0, cost: 0 })
      near(total, whole.total)
      near(sum(rows), total)
      assert.ok(rows.some(({ name }) => name === some))
      assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
      assert.deepEqual(
        rows,
        rows.toSorted((a, b) => b.cost - a.cost),
      )
    })
  }

  test('resources without the tag are one group without a name', async () => {
    const { rows } = await stack.costs({ groupBy: 'tag:costCenter' })
    assert.equal(rows.filter(({ name }) => name === '').length, 1)
    const nobody = await stack.costs({ groupBy: 'tag:nobody uses this' })
    assert.deepEqual(
      nobody.rows.map(({ name }) => name),
      [''],
    )
  })

  test('days stand in order, the costliest first within each', async () => {
    const { rows, total } = await stack.costs({ period: 'last_7_days', daily: true, limit: 1000 })
    near(sum(rows), total)
    const ordered = rows.toSorted(
      (a, b) => (a.date ?? '').localeCompare(b.date ?? '') || b.cost - a.cost,
    )
    assert.deepEqual(rows, ordered)
  })

  test('rows have a date only with daily', async () => {
    for (const { date } of (await stack.costs({})).rows) assert.equal(date, undefined)
  })
})

suite('limits and pages', () => {
  for (const daily of [false, true]) {
    test(`rows beyond the limit are counted${daily ? ', day by day' : ''}`, async () => {
      const whole = await stack.costs({ daily, limit: 1000 })
      const few = await stack.costs({ daily, limit: 3 })
      assert.equal(few.rows.length, 3)
      assert.equal(few.total, whole.total)
      assert.equal(few.omitted.rows, whole.rows.length - 3)
      near(sum(few.rows) + few.omitted.cost, few.total)
      const smallest = Math.min(...few.rows.map(({ cost }) => cost))
      const larger = whole.rows.filter(({ cost }) => cost > smallest)
      assert.ok(larger.length < 3, 'the three costliest')
    })
  }

  test('an answer in pages has the same rows', async () => {
    const whole = await stack.costs({ daily: true, limit: 1000 })
    settings(100)
    const before = asked()
    assert.deepEqual(await stack.costs({ daily: true, limit: 1000 }), whole)
    assert.ok(asked() - before > 5)
  })

  test('a page that is throttled is waited for', async () => {
    const whole = await stack.costs({})
    settings(20)
    const throttled = { at: 'query', kind: 'status', status: 429 } as const
    stack.azure.admin.fail({ at: 'query', kind: 'latency', milliseconds: 0 })
    stack.azure.admin.fail({ ...throttled, quotaRetryAfterSeconds: { entity: 0 } })
    assert.deepEqual(await stack.costs({}), whole)
  })

  test('a query reads, so it is sent again after a 503', async () => {
    const whole = await stack.costs({})
    stack.azure.admin.fail({ at: 'query', kind: 'status', status: 503, retryAfterSeconds: 0 })
    assert.deepEqual(await stack.costs({}), whole)
  })

  test('amounts have no tail of floating point', async () => {
    const { rows, total, omitted } = await stack.costs({ limit: 5 })
    for (const amount of [total, omitted.cost, ...rows.map(({ cost }) => cost)]) {
      assert.match(String(amount), /^\d+(\.\d{1,4})?$/)
    }
  })
})

suite('scopes', () => {
  const contoso = async (args: object) => {
    const scope = '/providers/Microsoft.Management/managementGroups/contoso'
    const { isError, text, data } = await stack.call('cost_by_service', { scope, ...args })
    assert.equal(isError, false, text)
    return data
  }

  test('a subscription by its id, its ARM id, in capitals, with a slash at the end', async () => {
    const { total } = await stack.costs({})
    for (const scope of [
      `/subscriptions/${production}`,
      `/subscriptions/${production}/`,
      `/SUBSCRIPTIONS/${production?.toUpperCase()}`,
    ]) {
      assert.equal((await stack.costs({ scope })).total, total)
    }
  })

  test('resource groups, all of them, are the subscription', async () => {
    const { rows, total } = await stack.costs({ groupBy: 'resource_group' })
    const totals = await Promise.all(
      rows.map(async ({ name, cost }) => {
        const scope = `/subscriptions/${production}/resourceGroups/${name}`
        const group = await stack.costs({ scope })
        near(group.total, cost, name)
        return { cost: group.total }
      }),
    )
    near(sum(totals), total)
  })

  test('a management group says what its total covers and how to check it', async () => {
    const { partial } = costsOfSeveral.parse(await contoso({}))
    assert.match(partial ?? '', /only the subscriptions that Cost Management supports/)
    assert.match(partial ?? '', /list_subscriptions/)
    stack.plant([{ day: '2026-11-02', cost: 3 }])
    assert.match(costs.parse(await contoso({})).partial ?? '', /list_subscriptions/)
  })

  test('currencies are not added: each has its total, and rows carry theirs', async () => {
    const { totals, rows, omitted } = costsOfSeveral.parse(await contoso({ limit: 1000 }))
    assert.deepEqual(
      totals.map(({ currency }) => currency),
      ['EUR', 'USD'],
    )
    assert.deepEqual(omitted, { rows: 0, cost: 0 })
    const dollars = await stack.costs({ scope: dataPlatform })
    near(totals[1]?.total ?? 0, dollars.total)
    for (const { currency, total } of totals) {
      near(sum(rows.filter((row) => row.currency === currency)), total)
    }
  })

  test('a limit is shared among currencies, and their omitted costs are not added up', async () => {
    const { rows, omitted } = costsOfSeveral.parse(await contoso({ limit: 4 }))
    assert.deepEqual(
      rows.map(({ currency }) => currency),
      ['EUR', 'EUR', 'USD', 'USD'],
    )
    assert.ok(omitted.rows > 0)
    assert.equal(omitted.cost, undefined)
  })

  test('another currency is named', async () => {
    assert.equal((await stack.costs({ scope: dataPlatform })).currency, 'USD')
  })

  test('a scope without costs has no currency and a total of nothing', async () => {
    const { currency, total, rows } = await stack.costs({ from: '2020-01-01', to: '2020-01-31' })
    assert.deepEqual({ currency, total, rows }, { currency: '', total: 0, rows: [] })
  })

  test('a subscription of another user is refused', async () => {
    for (const [user, scope] of [
      [alice, retail],
      [bob, production],
      [carol, production],
    ] as const) {
      const { isError, text } = await stack.call('cost_by_service', { scope }, user)
      assert.ok(isError)
      assert.match(text, /403 AuthorizationFailed/)
    }
  })
})
