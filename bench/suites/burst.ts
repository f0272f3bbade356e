/** How many exchanges many simultaneous first calls of one user cause. */
import { startTables } from '../../local/tables.ts'
import type { Bench, Report } from '../harness/bench.ts'
import { everybody, product } from '../harness/kinds.ts'
import { askOnce } from '../harness/load.ts'
import { rounds } from '../harness/rounds.ts'
import type { Subject } from '../harness/subject.ts'
import { tableSettings } from '../harness/table-settings.ts'

const callers = 200

export async function burst(bench: Bench): Promise<Report> {
  const rows: string[][] = []
  let ours = Number.NaN
  for (const kind of everybody) {
    const exchanges = await exchangesOf(bench, [await bench.start(kind)])
    if (kind === product) ours = exchanges
    rows.push([kind.name, String(exchanges)])
  }
  const tables = bench.keep(await startTables({ port: 0 }))
  const environment = tableSettings(tables.url)
  const three: Subject[] = []
  for (let index = 0; index < 3; index++) {
    three.push(await bench.start({ ...product, environment }))
  }
  const shared = await exchangesOf(bench, three)
  rows.push(['this project, three processes on one table', String(shared)])
  return {
    title: 'Burst',
    how: `${callers} parallel calls of one user who has not been seen before; the most exchanges of ${rounds} such bursts.`,
    tables: [{ head: ['', 'exchanges'], rows }],
    goals: [
      {
        row: '7',
        what: `exchanges for ${callers} parallel cold calls of one user; over three processes sharing a table`,
        goal: '1; ≤ 3',
        measured: `${ours}; ${shared}`,
        isMet: ours === 1 && shared <= 3,
      },
    ],
  }
}

async function exchangesOf({ farSide, newUsers }: Bench, subjects: Subject[]): Promise<number> {
  const each = Math.ceil(callers / subjects.length)
  const message = { era: 'initialize', method: 'tools/call' } as const
  const counts: number[] = []
  const crowd = await newUsers(rounds + 1)
  for (const user of crowd) {
    const users = Array.from({ length: each }, () => user)
    const calls = () =>
      Promise.all(
        subjects.map((subject) => askOnce(subject, { ...message, users, connections: each })),
      )
    counts.push(await farSide.countExchanges(calls))
  }
  // In the first burst the process has no signing keys yet.
  return Math.max(...counts.slice(1))
}
