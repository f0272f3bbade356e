/** The cost of a relayed call, compared with the same call by the official client alone. */
import type { Bench, Report } from '../harness/bench.ts'
import { eras } from '../harness/call.ts'
import { askOnce, load } from '../harness/load.ts'
import { cpuInShortTurns, ratios, said, spread } from '../harness/rounds.ts'
import type { SubjectKind } from '../harness/subject.ts'

const paths = { '2026-07-28': 'mcp', initialize: 'mcp-initialize' } as const
const message = { era: '2026-07-28', method: 'tools/call' } as const

export async function relay({ farSide, newUsers, start }: Bench): Promise<Report> {
  const users = await newUsers(100)
  const rows: string[][] = []
  const goals: Report['goals'] = []
  for (const era of eras) {
    const kind = (name: string, which: string): SubjectKind => ({
      ...{ name, eras, program: new URL('../apps/relay.ts', import.meta.url) },
      environment: { BENCH_RELAY: which, BENCH_FAR_URL: `${farSide.origin}/${paths[era]}` },
    })
    const subjects = [
      await start(kind('the official client alone', 'alone')),
      await start(kind('a relay', 'relay')),
    ]
    for (const subject of subjects) {
      await askOnce(subject, { ...message, users, connections: 16 })
      await load(subject, { ...message, users, connections: 16, milliseconds: 2500 })
    }
    const results = await cpuInShortTurns(subjects, (subject) =>
      load(subject, { ...message, users, connections: 16, milliseconds: 250 }),
    )
    const [alone = [], relayed = []] = subjects.map((subject) => results.get(subject))
    const measured = ratios(relayed, alone)
    rows.push([era, spread(alone).median.toFixed(0), said(measured)])
    goals.push({
      row: '16',
      what: `CPU of a relayed call, far server of ${era}`,
      goal: '≤ 1.5 × the official client alone',
      measured: `${said(measured)} ×`,
      isMet: measured.median <= 1.5,
    })
    for (const subject of subjects) await subject.close()
  }
  return {
    title: 'Relay',
    how: 'One tools/call passed on to an MCP server by SDK v2, a connection a call on both sides. The official client has a token, knows what the server has discovered before, and checks nothing of its caller; the relay is an endpoint with `node:http` in front.',
    tables: [{ head: ['far server', 'client alone, CPU, µs', 'relay, × client alone'], rows }],
    goals,
  }
}
