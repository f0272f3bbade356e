/** The result of a run: a table to print, and the violations. */
import type { Allowance, Life } from './exchanges.ts'
import type { Tally } from './session.ts'

export type Row = [what: string, seen: string, allowed: string]

/** Bytes per minute. */
const mostGrowth = 1024 * 1024

/** Compares what was counted with what is allowed. */
export function findings(of: {
  minutes: number
  processes: number
  tally: Tally
  sessions: readonly Life[]
  exchanges: number
  allowed: readonly Allowance[]
  growth: readonly number[]
  outcomes: ReadonlyMap<string, number>
}): { rows: Row[]; violations: string[] } {
  const { tally, sessions, exchanges, growth } = of
  const allowed = of.allowed.reduce((sum, allowance) => sum + allowance.exchanges, 0)
  const grown = Math.max(...growth, Number.NEGATIVE_INFINITY)
  const violations = [...tally.violations]
  if (exchanges > allowed) violations.push(`${exchanges} exchanges, at most ${allowed} expected`)
  if (grown >= mostGrowth) violations.push(`memory grew by ${inMegabytes(grown)} MB per minute`)
  const rows: Row[] = [
    ['minutes, processes', `${of.minutes}, ${of.processes}`, ''],
    ['calls, the slowest', `${tally.calls}, ${tally.slowest} ms`, ''],
    ['wrong or failed', `${tally.violations.length}`, '0'],
    ['cut by the kill', `${tally.cut}`, 'those in progress'],
    ['refused with an expired token', `${tally.expired}`, ''],
    ['sign-ins', `${sessions.length}`, ''],
    ['exchanges', `${exchanges}`, `${allowed}`],
    ...of.allowed.map(({ what, exchanges }): Row => [`  ${what}`, '', `${exchanges}`]),
    [
      'memory, MB per minute, of each process',
      growth.map(inMegabytes).join(', ') || 'too short a run',
      '< 1',
    ],
    ...[...of.outcomes].sort().map(([name, count]): Row => [`log: ${name}`, `${count}`, '']),
  ]
  return { rows, violations }
}

/** As Markdown, for bench/README.md. */
export function table(rows: readonly Row[]): string {
  const lines = [['', 'seen', 'at most'], ['---', '---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const inMegabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(2)
