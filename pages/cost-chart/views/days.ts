/** Costs by day, as lines: one for each of the most expensive groups. The sum of the others is only in the table. */
import { bdi, type Child, el, svg } from '../dom.ts'
import { lineChart } from '../lines.ts'
import { daysOf, exact, sumOf } from '../numbers.ts'
import { wordOf } from '../question.ts'
import type { Costs } from '../results.ts'
import { dayTable } from '../table.ts'
import { shownName } from '../words.ts'
import { totalsOf } from './costs.ts'
import type { Stage, View } from './view.ts'

type Row = Costs['rows'][number]
/** Rows that share a line and a column; without `look`, only a column. */
type Group = { label: string; look?: string; rows: readonly Row[]; cost: number }

/** One more is drawn if it would be the only other. */
const linesAtMost = 5

export function daysView(costs: Costs, stage: Stage): View {
  const { words, question } = stage
  const totals = totalsOf(costs)
  return {
    title: `Costs by day and ${wordOf(question?.groupBy ?? 'service')}`,
    headlines: totals.map(({ currency, total }) => ({ amount: words.money(total, currency) })),
    days: costs,
    body: totals.flatMap((total) => chartOf(costs, total, stage)),
    notes: [
      ...totals.flatMap(({ currency, total }) => {
        const left = exact(total - sumOf(rowsIn(costs, currency), ({ cost }) => cost))
        return Math.abs(left) < 0.005
          ? []
          : `${words.money(left, currency)} of the total is not in these rows.`
      }),
      ...costs.missing.map(
        (span) =>
          `Azure gave no rows for ${words.days(span)}, although there are costs. The total includes them.`,
      ),
      ...(costs.partial ? [costs.partial] : []),
    ],
    hidden: 0,
  }
}

function chartOf(
  costs: Costs,
  { currency, total }: { currency: string; total: number },
  { words, opener }: Stage,
): Child[] {
  const rows = rowsIn(costs, currency)
  const days = daysOf(costs)
  const groups = groupsOf(rows, words.count)
  const lines = groups.filter(({ look }) => look !== undefined)
  const isOne = groups.length === 1
  const money = (amount: number) => words.money(exact(amount), currency)
  const ofDay = new Map(groups.map((group) => [group, amountsByDay(group.rows)]))
  const amount = (group: Group, day: string) => ofDay.get(group)?.get(day) ?? 0
  const all = amountsByDay(rows)
  return [
    lineChart({
      days,
      series: lines.map((group) => ({
        look: group.look,
        values: days.map((day) => (all.has(day) ? amount(group, day) : undefined)),
        isArea: isOne,
      })),
      summary: `Lines of the costs of ${days.length} days; the table below has the figures.`,
      dayOf: words.day,
      amountOf: (value) => words.short(value, currency),
      sayDay: (day) =>
        [
          words.day(day),
          ...groups.map((group) => `${group.label}: ${money(amount(group, day))}`),
        ].join('\n'),
    }),
    !isOne &&
      el(
        'ul',
        { class: 'legend' },
        ...groups.map((group) => {
          const open = group.look && group.rows[0] ? opener(group.rows[0]) : undefined
          return el('li', {}, legendEntry(group, { amount: money(group.cost), open }))
        }),
      ),
    dayTable({
      caption: `Costs by day${currency && `, ${currency}`}`,
      columns: ['Day', ...(isOne ? [] : groups.map(({ label }) => bdi(label))), 'All'],
      rows: days
        .filter((day) => all.has(day))
        .map((day) => ({
          day: words.day(day),
          cells: [
            ...(isOne ? [] : groups.map((group) => money(amount(group, day)))),
            money(all.get(day) ?? 0),
          ],
        })),
      foot: ['Total', ...(isOne ? [] : groups.map(({ cost }) => money(cost))), money(total)],
    }),
  ]
}

const rowsIn = ({ rows, totals }: Costs, currency: string) =>
  rows.filter((row) => !totals || row.currency === currency)

function groupsOf(rows: readonly Row[], count: Intl.NumberFormat['format']): Group[] {
  const all = [...Map.groupBy(rows, labelOf)]
    .map(([label, own]) => ({ label, rows: own, cost: sumOf(own, ({ cost }) => cost) }))
    .toSorted((a, b) => b.cost - a.cost)
  const drawn = all.length === linesAtMost + 1 ? all.length : linesAtMost
  const rest = all.slice(drawn)
  const lines = all.slice(0, drawn).map((group, index) => ({ ...group, look: `look-${index + 1}` }))
  if (rest.length === 0) return lines
  const others = {
    label: `${count(rest.length)} others`,
    rows: rest.flatMap((group) => group.rows),
    cost: sumOf(rest, ({ cost }) => cost),
  }
  return [...lines, others]
}

const labelOf = ({ name, thenName }: Row) =>
  [name, ...(thenName === undefined ? [] : [thenName])].map((it) => shownName(it).name).join(' / ')

function amountsByDay(rows: readonly Row[]): Map<string, number> {
  const amounts = new Map<string, number>()
  for (const { date = '', cost } of rows) amounts.set(date, (amounts.get(date) ?? 0) + cost)
  return amounts
}

function legendEntry(
  { label, look, rows }: Group,
  { amount, open }: { amount: string; open: (() => void) | undefined },
): HTMLElement {
  const sample =
    look !== undefined &&
    svg(
      'svg',
      { width: 28, height: 12, viewBox: '0 0 28 12', 'aria-hidden': 'true' },
      svg('path', { class: `line ${look}`, d: 'M1 6L27 6' }),
    )
  const parts = [sample, bdi(label), el('span', { class: 'quiet' }, amount)]
  if (!open) return el('span', { class: 'entry' }, ...parts)
  const name = rows[0]?.thenName ?? rows[0]?.name
  const button = el('button', { type: 'button', class: 'entry', 'data-opens': name }, ...parts)
  button.addEventListener('click', open)
  return button
}
