/** Costs by day where Cost Management omits days without a word: the total is right, and missing days are named. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { type CostStack, production, startCostStack } from './support/cost.ts'

let stack: CostStack
before(async () => {
  stack = await startCostStack()
})
after(() => stack.close())
beforeEach(() => {
  stack.reset()
  stack.azure.admin.change({ pageSize: 5000 })
})

type Guardrails = ReturnType<CostStack['azure']['admin']['settings']>['guardrails']
const guard = (...guardrails: Guardrails) => stack.azure.admin.change({ guardrails })
const asked = () => stack.azure.admin.requests().length
const sum = (rows: { cost: number }[]) => rows.reduce((total, { cost }) => total + cost, 0)
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 0.005, `${a} and ${b}`)

const quarter = { from: '2026-08-01', to: '2026-10-31', daily: true, limit: 1000 }

suite('a query by day', () => {
  test('asks for three months month by month, so that a cut loses nothing', async () => {
    const whole = await stack.costs({ ...quarter, daily: false })
    guard('range')
    const before = asked()
    const { total, missing, omitted, rows } = await stack.costs(quarter)
    assert.equal(asked() - before, 3)
    near(total, whole.total)
    near(sum(rows) + omitted.cost, whole.total)
    assert.equal(missing, undefined)
  })

  test('has the undivided total and names the missing days when it is cut', async () => {
    const whole = await stack.costs({ ...quarter, daily: false })
    guard('grouping')
    const before = asked()
    const { total, missing, rows } = await stack.costs(quarter)
    assert.equal(asked() - before, 6)
    near(total, whole.total)
    assert.deepEqual(missing, [
      { from: '2026-08-01', to: '2026-08-30' },
      { from: '2026-09-01', to: '2026-09-29' },
      { from: '2026-10-01', to: '2026-10-30' },
    ])
    assert.deepEqual(
      new Set(rows.map(({ date }) => date)),
      new Set(['2026-08-31', '2026-09-30', '2026-10-31']),
    )
  })

  test('asks for no more months after one is refused', async () => {
    stack.azure.admin.fail({ at: 'query', kind: 'answer', status: 403 })
    const before = asked()
    const year = { scope: production, from: '2025-11-22', to: '2026-11-21', daily: true }
    assert.ok((await stack.call('cost_by_service', year)).isError)
    // A further call gives late requests time to arrive.
    assert.equal((await stack.call('list_budgets', { scope: production })).isError, false)
    assert.equal(asked() - before, 4 + 1)
  })

  test('does not call days without costs missing', async () => {
    stack.plant([
      { day: '2026-08-20', cost: 1 },
      { day: '2026-10-01', cost: 2 },
    ])
    guard('range')
    const before = asked()
    const { total, missing } = await stack.costs(quarter)
    assert.equal(asked() - before, 5)
    assert.equal(total, 3)
    assert.equal(missing, undefined)
  })

  test('names the month as missing when it is cut to days without costs', async () => {
    stack.plant([{ day: '2026-09-10', cost: 7 }])
    guard('grouping')
    const { total, missing, rows } = await stack.costs({ ...quarter, from: '2026-09-05' })
    assert.equal(total, 7)
    assert.deepEqual(rows, [])
    assert.deepEqual(missing, [{ from: '2026-09-05', to: '2026-09-30' }])
  })

  test('asks for a year in thirteen queries, four at a time', async () => {
    const [times, milliseconds] = [13, 100]
    stack.azure.admin.fail({ at: 'query', kind: 'latency', times, milliseconds })
    const started = performance.now()
    await stack.costs({ ...quarter, from: '2025-11-22', to: '2026-11-21' })
    assert.equal(asked(), times)
    assert.ok(performance.now() - started >= 4 * milliseconds - 5, 'four rounds')
  })

  test('asks for one month in one query', async () => {
    await stack.costs({ period: 'last_month', daily: true })
    assert.equal(asked(), 1)
  })
})

suite('any cut', () => {
  const days = fc.integer({ min: 0, max: 112 }).map((offset) => {
    return new Date(Date.UTC(2026, 7, 1 + offset)).toISOString().slice(0, 10)
  })
  const record = fc.record({
    day: days,
    // Whole cents, so that the test can add without a tail; some are refunds.
    cents: fc.integer({ min: -2000, max: 100_000 }),
    service: fc.constantFrom('Storage', 'storage', 'Virtual Machines', 'Bandwidth'),
    currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
  })
  const nothing = fc.record({
    day: days,
    cents: fc.constant(0),
    service: fc.constant('Storage'),
    currency: fc.constantFrom('', null),
  })
  const question = fc.record({
    span: fc.tuple(days, days),
    daily: fc.boolean(),
    limit: fc.constantFrom(1, 5, 1000),
    groupBy: fc.constantFrom('service', 'location', 'tag:team'),
  })
  const cuts = fc.subarray(['dates', 'range', 'grouping'] as const)
  const answer = z.object({
    currency: z.string().optional(),
    total: z.number().optional(),
    totals: z.array(z.object({ currency: z.string(), total: z.number() })).optional(),
    rows: z.array(
      z.object({
        name: z.string(),
        cost: z.number(),
        currency: z.string().optional(),
        date: z.string().optional(),
      }),
    ),
    omitted: z.object({ rows: z.number(), cost: z.number().optional() }),
    missing: z.array(z.object({ from: z.string(), to: z.string() })).default([]),
  })

  test('leaves totals right to the cent, and names exactly the missing days', async () => {
    const records = fc.array(fc.oneof({ weight: 9, arbitrary: record }, nothing), { maxLength: 60 })
    const pageSize = fc.constantFrom(1, 7, 1000)
    await fc.assert(
      fc.asyncProperty(
        records,
        question,
        cuts,
        pageSize,
        async (planted, asked, guardrails, page) => {
          const [from = '', to = ''] = asked.span.toSorted()
          stack.reset()
          stack.azure.admin.change({ guardrails, pageSize: page })
          stack.plant(planted.map(({ cents, ...rest }) => ({ ...rest, cost: cents / 100 })))
          const { daily, limit, groupBy } = asked
          const { isError, text, data } = await stack.call('cost_by_service', {
            ...{ scope: production, from, to, daily, limit, groupBy },
          })
          assert.equal(isError, false, text)
          const got = answer.parse(data)

          const counted = planted.filter(
            ({ day, cents, currency }) => day >= from && day <= to && (cents !== 0 || currency),
          )
          const cents = (currency: string | null, keep: (day: string) => boolean) =>
            counted
              .filter((each) => each.currency === currency && keep(each.day))
              .reduce((total, each) => total + each.cents, 0)
          const totals = got.totals ?? [
            { currency: got.currency ?? '', total: got.total ?? Number.NaN },
          ]
          const currencies = [...new Set(counted.map(({ currency }) => currency))]
          assert.deepEqual(
            totals.map(({ currency }) => currency),
            currencies.length > 0 ? currencies.sort() : [''],
          )
          const isNamed = (day: string) =>
            !got.missing.some((span) => day >= span.from && day <= span.to)
          for (const { currency, total } of totals) {
            assert.equal(
              Math.round(total * 100),
              cents(currency, () => true),
              'the total',
            )
            if (got.totals && got.omitted.rows > 0) continue
            const own = got.rows.filter((row) => (row.currency ?? currency) === currency)
            const shown = own.reduce((cost, row) => cost + row.cost, 0)
            const omitted = got.totals ? 0 : (got.omitted.cost ?? Number.NaN)
            assert.equal(Math.round((shown + omitted) * 100), cents(currency, isNamed), 'the rows')
          }
          const keys = got.rows.map((row) =>
            JSON.stringify([row.name.toLowerCase(), row.date, row.currency]),
          )
          assert.equal(new Set(keys).size, keys.length, 'one row for each')
        },
      ),
      { numRuns: 150 },
    )
  })
})
