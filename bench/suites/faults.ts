/** The effect on callers when Entra is slow, and when half of the exchanges get 503. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Report } from '../harness/bench.ts'
import { everybody, product } from '../harness/kinds.ts'
import { askOnce, load } from '../harness/load.ts'
import { inTurns, ratios, type Spread, said } from '../harness/rounds.ts'
import type { Subject } from '../harness/subject.ts'

const message = { era: 'initialize', method: 'tools/call' } as const

export async function faults(bench: Bench): Promise<Report> {
  const rows: string[][] = []
  const goals: Report['goals'] = []
  for (const kind of everybody) {
    const subject = await bench.start(kind)
    const slow = await whileEntraIsSlow(bench, subject)
    const half = await whileHalfFails(bench, subject)
    rows.push([
      kind.name,
      said(slow),
      percent(half.failing),
      `${(half.slowest / 1000).toFixed(1)} s`,
      percent(half.othersFailing),
    ])
    if (kind === product) goals.push(...goalsOf(slow, half))
    await subject.close()
  }
  return {
    title: 'Faults',
    how: `Entra takes 500 ms: p50 of warm calls (4 at a time) ÷ the same with a calm Entra, new users arriving all the while. Half of the exchanges answer 503: ${newcomers} new users, 48 at a time, one call each; and known users who go on calling.`,
    tables: [
      {
        head: ['', 'warm p50, slow ÷ calm', 'new users failing', 'slowest', 'known users failing'],
        rows,
      },
    ],
    goals,
  }
}

async function whileEntraIsSlow({ farSide, newUsers }: Bench, subject: Subject): Promise<Spread> {
  const known = await newUsers(50)
  await askOnce(subject, { ...message, users: known, connections: 4 })
  const calls = { ...message, users: known, connections: 4, milliseconds: 700 }
  await load(subject, { ...calls, milliseconds: 1500 })
  const results = await inTurns([0, 500], async (delayMs) => {
    await farSide.misbehave({ delayMs })
    const arrivals = arriving(subject, await newUsers(10))
    const measured = await load(subject, calls)
    await arrivals
    return measured.p50
  })
  await farSide.behave()
  return ratios(results.get(500) ?? [], results.get(0) ?? [])
}

/** One after another, so that exchanges happen during the whole measurement. */
async function arriving(subject: Subject, users: Parameters<typeof load>[1]['users']) {
  const calls: Promise<unknown>[] = []
  for (const user of users) {
    calls.push(askOnce(subject, { ...message, users: [user], connections: 1 }))
    await pause(50)
  }
  await Promise.all(calls)
}

const newcomers = 600

type Half = { failing: number; slowest: number; othersFailing: number }

async function whileHalfFails({ farSide, newUsers }: Bench, subject: Subject): Promise<Half> {
  const known = await newUsers(20)
  await askOnce(subject, { ...message, users: known, connections: 4 })
  await farSide.misbehave({ failingShare: 0.5 })
  const arrivals = askOnce(subject, {
    ...{ ...message, users: await newUsers(newcomers), connections: 48 },
  })
  let areArriving = true
  const arrived = arrivals.finally(() => {
    areArriving = false
  })
  const others = { calls: 0, failed: 0 }
  while (areArriving) {
    const calls = { ...message, users: known, connections: 2, milliseconds: 500, mayFail: true }
    const measured = await load(subject, calls)
    others.calls += measured.calls
    others.failed += measured.failed
  }
  const { failed, slowest } = await arrived
  await farSide.behave()
  return { failing: failed / newcomers, slowest, othersFailing: others.failed / others.calls }
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`

const goalsOf = (slow: Spread, half: Half): Report['goals'] => [
  {
    row: '9',
    what: 'Entra answers in 500 ms: p50 of warm calls',
    goal: '≤ 1.1 × calm',
    measured: `${said(slow)} ×`,
    isMet: slow.median <= 1.1,
  },
  {
    row: '10',
    what: 'half of the exchanges answer 503: new users failing / slowest; known users failing',
    goal: '≤ 9 % / 3 s; none',
    measured: `${percent(half.failing)} / ${(half.slowest / 1000).toFixed(1)} s; ${percent(half.othersFailing)}`,
    isMet: half.failing <= 0.09 && half.slowest <= 3000 && half.othersFailing === 0,
  },
]
