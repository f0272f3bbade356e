/** How Cost Management silently changes a query's days, by Microsoft's own guardrails page. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { daysAnswered, type Guardrails } from './cost-guardrails.ts'
import { parseQuery } from './query-request.ts'

type Query = { granularity?: 'None' | 'Daily' | 'Monthly'; grouped?: true; days: string }

const today = '2026-11-21'
const answered = ({ granularity = 'None', grouped, days }: Query, guardrails: Guardrails) => {
  const [from, to] = days.split('..')
  const dataset = {
    granularity,
    aggregation: { total: { name: 'Cost', function: 'Sum' } },
    grouping: grouped ? [{ type: 'Dimension', name: 'ServiceName' }] : [],
  }
  const query = parseQuery({
    ...{ type: 'ActualCost', timeframe: 'Custom', timePeriod: { from, to }, dataset },
  })
  const period = daysAnswered({ query, today, guardrails })
  return `${period.from}..${period.to}`
}

suite('without guardrails days are unchanged, or refused', () => {
  const kept: Query[] = [
    { days: '2026-11-20..2026-12-31' },
    { granularity: 'Daily', days: '2026-01-01..2026-11-21' },
    { granularity: 'Daily', grouped: true, days: '2026-10-01..2026-10-31' },
    { granularity: 'Monthly', grouped: true, days: '2026-01-01..2026-11-21' },
  ]
  for (const query of kept) {
    test(JSON.stringify(query), () => assert.equal(answered(query, []), query.days))
  }
  for (const days of ['2026-03-02..2026-03-01', '2025-01-01..2026-01-01']) {
    test(`${days} is refused`, () => assert.throws(() => answered({ days }, []), { status: 400 }))
  }
})

suite('with guardrails', () => {
  const cases: [guardrail: Guardrails[number], query: Query, days: string][] = [
    ['dates', { days: '2026-11-20..2026-12-31' }, '2026-11-20..2026-11-21'],
    ['dates', { days: '2026-11-02..2026-11-01' }, '2026-11-01..2026-11-02'],
    ['dates', { days: '2026-12-01..2026-12-31' }, '2025-12-01..2025-12-31'],
    ['range', { granularity: 'Daily', days: '2026-08-01..2026-10-31' }, '2026-10-01..2026-10-31'],
    ['range', { granularity: 'Daily', days: '2026-02-01..2026-02-28' }, '2026-02-01..2026-02-28'],
    ['range', { granularity: 'Daily', days: '2026-02-10..2026-03-15' }, '2026-02-16..2026-03-15'],
    ['range', { days: '2024-10-01..2026-10-31' }, '2025-11-01..2026-10-31'],
    ['range', { granularity: 'Monthly', days: '2024-10-01..2026-09-30' }, '2025-10-01..2026-09-30'],
    [
      'grouping',
      { granularity: 'Daily', grouped: true, days: '2026-10-01..2026-10-31' },
      '2026-10-31..2026-10-31',
    ],
    [
      'grouping',
      { granularity: 'Monthly', grouped: true, days: '2026-08-10..2026-10-31' },
      '2026-10-01..2026-10-31',
    ],
    [
      'grouping',
      { granularity: 'Daily', days: '2026-10-01..2026-10-31' },
      '2026-10-01..2026-10-31',
    ],
    ['grouping', { grouped: true, days: '2026-10-01..2026-10-31' }, '2026-10-01..2026-10-31'],
  ]
  for (const [guardrail, query, days] of cases) {
    test(`${guardrail}: ${JSON.stringify(query)} is answered for ${days}`, () => {
      assert.equal(answered(query, [guardrail]), days)
    })
  }

  test('more than 37 months are refused all the same', () => {
    const query = { days: '2023-01-01..2026-02-01' }
    assert.throws(() => answered(query, ['dates', 'range', 'grouping']), { status: 400 })
  })
})
