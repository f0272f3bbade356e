/** Changes between two periods, the biggest first. */
import { type Bar, barTable } from '../bars.ts'
import { el } from '../dom.ts'
import { exact, sumOf } from '../numbers.ts'
import { wordOf } from '../question.ts'
import type { Comparison } from '../results.ts'
import type { Stage, View } from './view.ts'

type Row = Comparison['rows'][number]

const said: Record<Row['status'], string> = {
  more: 'costs more',
  less: 'costs less',
  same: 'unchanged',
  new: 'new',
  gone: 'gone',
}

export function comparisonView(comparison: Comparison, stage: Stage): View {
  const { words, question } = stage
  const groupBy = question?.groupBy ?? 'service'
  const { totals, previous } = comparison
  const tables = totals.map(({ currency, cost, previousCost, change }) => {
    const money = (amount: number) => words.money(amount, currency)
    const moved = (amount: number) => arrow(amount) + words.change(amount, currency)
    const rows = comparison.rows.filter((row) => row.currency === currency)
    const shown = rows.slice(0, stage.rows)
    const rest = {
      change: exact(change - sumOf(shown, (row) => row.change)),
      cost: exact(cost - sumOf(shown, (row) => row.cost)),
      previousCost: exact(previousCost - sumOf(shown, (row) => row.previousCost)),
    }
    const left = rows.length - shown.length + (totals.length === 1 ? comparison.omitted.rows : 0)
    const cells = (row: { change: number; cost: number; previousCost: number }) => [
      el('strong', {}, moved(row.change)),
      money(row.cost),
      money(row.previousCost),
    ]
    const bars = shown.map(
      (row): Bar => ({
        name: row.name,
        detail: said[row.status],
        lengths: [{ length: Math.abs(row.change), tone: row.change > 0 ? 'more' : 'less' }],
        cells: cells(row),
        open: stage.opener(row),
      }),
    )
    const others: Bar = {
      name: left > 0 ? `and ${words.count(left)} more` : 'everything else',
      lengths: [],
      level: 'rest',
      cells: cells(rest),
    }
    const isLeft = left > 0 || Object.values(rest).some((amount) => Math.abs(amount) >= 0.005)
    return {
      hidden: rows.length - shown.length,
      element: barTable({
        caption: `Changes by ${wordOf(groupBy)}${currency && `, ${currency}`}`,
        columns: ['What moved', 'Change', 'Now', 'Before'],
        bars: isLeft ? [...bars, others] : bars,
        foot: ['Total', ...cells({ change, cost, previousCost })],
      }),
    }
  })
  return {
    title: `What changed, by ${wordOf(groupBy)}`,
    headlines: totals.map(({ currency, cost, previousCost, change }) => ({
      amount: words.money(cost, currency),
      note: `${arrow(change)}${words.change(change, currency)}${previousCost > 0 ? ` (${words.percentChange(change / previousCost)})` : ''} against ${words.days(previous)}`,
    })),
    days: comparison,
    body: tables.map(({ element }) => element),
    notes: [
      ...(comparison.rows.length === 0 ? ['There are no costs in either period.'] : []),
      ...(comparison.partial ? [comparison.partial] : []),
    ],
    hidden: sumOf(tables, ({ hidden }) => hidden),
  }
}

const arrow = (change: number) => (change > 0 ? '▲ ' : change < 0 ? '▼ ' : '')
