/** Costs by group, as bars: one table for each currency, the most expensive first, with all others in one row. */
import { type Bar, barTable } from '../bars.ts'
import { exact, sumOf } from '../numbers.ts'
import { wordOf } from '../question.ts'
import type { Costs } from '../results.ts'
import type { Stage, View } from './view.ts'

type Row = Costs['rows'][number]

export function costsView(costs: Costs, stage: Stage): View {
  const { words, question } = stage
  const [groupBy = 'service', thenBy] = question ? [question.groupBy, question.thenBy] : []
  const totals = totalsOf(costs)
  const groups = [groupBy, thenBy].flatMap((group) => (group ? wordOf(group) : [])).join(' and ')
  const tables = totals.map(({ currency, total }) => {
    const rows = costs.rows.filter((row) => totals.length === 1 || row.currency === currency)
    const bars = barsOf(rows, stage)
    const shown = bars.slice(0, stage.rows)
    const rest = exact(total - sumOf(shown, ({ cost }) => cost))
    const hidden = rows.length - shown.filter(({ bar }) => bar.level !== 'group').length
    const left = hidden + (totals.length === 1 ? costs.omitted.rows : 0)
    const money = (amount: number) => words.money(amount, currency)
    const share = (amount: number) => (total > 0 ? words.percent(amount / total) : '')
    return {
      hidden,
      element: barTable({
        caption: `Costs by ${groups}${currency && `, ${currency}`}`,
        columns: [capital(groups), 'Cost', 'Share'],
        bars: [
          ...shown.map(({ bar, amount }) => ({ ...bar, cells: [money(amount), share(amount)] })),
          ...(left > 0 || Math.abs(rest) >= 0.005
            ? [
                {
                  name: left > 0 ? `and ${words.count(left)} more` : 'everything else',
                  lengths: [],
                  level: 'rest' as const,
                  cells: [money(rest), share(rest)],
                },
              ]
            : []),
        ],
        foot: ['Total', money(total), total > 0 && words.percent(1)],
      }),
    }
  })
  return {
    title: `Costs by ${groups}`,
    headlines: totals.map(({ currency, total }) => ({ amount: words.money(total, currency) })),
    days: costs,
    body: costs.rows.length > 0 ? tables.map(({ element }) => element) : [],
    notes: [
      ...(costs.rows.length === 0 ? ['There are no costs in this period.'] : []),
      ...(costs.partial ? [costs.partial] : []),
    ],
    hidden: sumOf(tables, ({ hidden }) => hidden),
  }
}

export const totalsOf = ({ totals, currency, total = 0 }: Costs) => totals ?? [{ currency, total }]

/** `cost`: what the bar adds to the sum, which is 0 for a group: its rows add its cost. */
type Counted = { bar: Omit<Bar, 'cells'>; amount: number; cost: number }

function barsOf(rows: readonly Row[], stage: Stage): Counted[] {
  if (rows.every(({ thenName }) => thenName === undefined)) {
    return rows.toSorted(byCost).map((row) => ({
      bar: { name: row.name, lengths: [lengthOf(row.cost)], open: stage.opener(row) },
      ...{ amount: row.cost, cost: row.cost },
    }))
  }
  return [...Map.groupBy(rows, ({ name }) => name)]
    .map(([name, within]) => ({ name, within, amount: exact(sumOf(within, ({ cost }) => cost)) }))
    .toSorted((a, b) => b.amount - a.amount)
    .flatMap(({ name, within, amount }): Counted[] => [
      {
        bar: { name, lengths: [lengthOf(amount)], level: 'group', open: stage.opener({ name }) },
        ...{ amount, cost: 0 },
      },
      ...within.toSorted(byCost).map((row) => ({
        bar: {
          name: row.thenName ?? '',
          lengths: [lengthOf(row.cost)],
          level: 'within' as const,
          open: stage.opener(row),
        },
        ...{ amount: row.cost, cost: row.cost },
      })),
    ])
}

const byCost = (a: Row, b: Row) => b.cost - a.cost

/** A credit's bar is as long as its amount. */
const lengthOf = (cost: number) => ({
  length: Math.abs(cost),
  tone: cost < 0 ? ('credit' as const) : ('plain' as const),
})

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
