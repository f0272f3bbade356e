/** The effect of one user's many slow calls on another user. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Report } from '../harness/bench.ts'
import { floor, product } from '../harness/kinds.ts'
import { askOnce, load } from '../harness/load.ts'
import { inTurns, ratios, type Spread, said } from '../harness/rounds.ts'
import type { Subject } from '../harness/subject.ts'

const message = { era: 'initialize', method: 'tools/call' } as const
const slowCalls = 200

export async function neighbours(bench: Bench): Promise<Report> {
  const rows: string[][] = []
  const goals: Report['goals'] = []
  for (const kind of [floor, product]) {
    const subject = await bench.start(kind)
    const p95 = await besideSlowCalls(bench, subject)
    rows.push([kind.name, said(p95)])
    if (kind === product) goals.push(goalOf(p95))
    await subject.close()
  }
  return {
    title: 'Neighbours',
    how: `One user has ${slowCalls} calls under way that ARM takes a second for; p95 of another user's warm calls (4 at a time) ÷ the same without.`,
    tables: [{ head: ['', 'p95, beside slow calls ÷ calm'], rows }],
    goals,
  }
}

async function besideSlowCalls({ farSide, newUsers }: Bench, subject: Subject): Promise<Spread> {
  const [slow, other] = await newUsers(2)
  if (!slow || !other) throw new Error('Two users are needed')
  const calls = { ...message, users: [other], connections: 4, milliseconds: 1000 }
  await askOnce(subject, { ...message, users: [slow, other], connections: 1 })
  await load(subject, { ...calls, milliseconds: 1500 })
  const users = Array.from({ length: slowCalls }, () => slow)
  const results = await inTurns(['calm', 'beside'], async (turn) => {
    if (turn === 'calm') return (await load(subject, calls)).p95
    await farSide.misbehave({ slowUser: slow.oid })
    const underWay = askOnce(subject, { ...message, users, connections: slowCalls })
    // Waits until all slow calls have arrived.
    await pause(500)
    const { p95 } = await load(subject, calls)
    await farSide.behave()
    const { failed } = await underWay
    if (failed > 0) throw new Error(`${failed} slow calls failed`)
    return p95
  })
  return ratios(results.get('beside') ?? [], results.get('calm') ?? [])
}

const goalOf = (p95: Spread): Report['goals'][number] => ({
  row: '12',
  what: `${slowCalls} slow calls of one user: p95 of another's`,
  goal: '≤ 1.5 × calm',
  measured: `${said(p95)} ×`,
  isMet: p95.median <= 1.5,
})
