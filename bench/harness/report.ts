/** The suites' reports as Markdown. */
import type { Report } from './bench.ts'
import { markdown } from './table.ts'

export const section = ({ title, how, tables }: Report) =>
  [`### ${title}`, how, ...tables.map(markdown)].join('\n\n')

export const goalsTable = (reports: readonly Report[]) =>
  markdown({
    head: ['#', 'what', 'goal', 'measured', 'met'],
    rows: reports
      .flatMap(({ goals }) => goals)
      .toSorted((a, b) => a.row.localeCompare(b.row, 'en', { numeric: true }))
      .map(({ row, what, goal, measured, isMet }) => [
        ...[row, what, goal, measured],
        isMet ? 'yes' : 'no',
      ]),
  })
