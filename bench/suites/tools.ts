/** How the number of an endpoint's tools affects the cost of a call and of their list. */
import type { Bench, Report } from '../harness/bench.ts'
import { floor, withTools } from '../harness/kinds.ts'
import { load } from '../harness/load.ts'
import { cpuInShortTurns, ratios, said } from '../harness/rounds.ts'
import type { Subject, SubjectKind } from '../harness/subject.ts'

const [few, some, many] = [
  withTools(5, 'node:http'),
  withTools(50, 'node:http'),
  withTools(500, 'node:http'),
]
const kinds = [few, some, many, withTools(5, 'Functions'), withTools(500, 'Functions')]
const load32 = { era: '2026-07-28', connections: 32 } as const

export async function tools({ newUsers, start }: Bench): Promise<Report> {
  const users = await newUsers(200)
  const subjects = await Promise.all([floor, ...kinds].map(start))
  /** CPU by subject; for the floor, which has no list, always of a call. */
  const cpuOf = async (method: 'tools/call' | 'tools/list') => {
    const ask = (milliseconds: number) => (subject: Subject) => {
      const asked = subject.name === floor.name ? 'tools/call' : method
      return load(subject, { ...load32, users, method: asked, milliseconds })
    }
    for (const subject of subjects) await ask(2000)(subject)
    const results = await cpuInShortTurns(subjects, ask(250))
    const cpu = new Map([...results].map(([{ name }, rounds]) => [name, rounds]))
    return ({ name }: SubjectKind) => cpu.get(name) ?? []
  }
  // Calls first: lists of 500 tools grow the heap, which would slow calls down.
  const calls = await cpuOf('tools/call')
  const lists = await cpuOf('tools/list')
  const timesFloor = (kind: SubjectKind, of: typeof calls) => ratios(of(kind), of(floor))
  const call = ratios(calls(many), calls(few))
  const list = timesFloor(some, lists)
  return {
    title: 'Tools',
    how: 'CPU of this project’s endpoint with generated tools of four arguments, a tenth of them for a role that the caller lacks (the list says so); behind node:http alone, and as a function on the local host.',
    tables: [
      {
        head: ['', 'tools/call, × floor', 'tools/list, × floor’s call'],
        rows: kinds.map((kind) => [
          kind.name,
          said(timesFloor(kind, calls)),
          said(timesFloor(kind, lists)),
        ]),
      },
    ],
    goals: [
      {
        row: '5',
        what: 'tools/call with 500 tools ÷ 5 tools',
        goal: '≤ 1.1',
        measured: said(call),
        isMet: call.median <= 1.1,
      },
      {
        row: '6',
        what: 'tools/list with 50 tools, tailored to the caller',
        goal: '≤ 1.5 × floor’s call',
        measured: `${said(list)} ×`,
        isMet: list.median <= 1.5,
      },
    ],
  }
}
