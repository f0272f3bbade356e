/** What the number of an endpoint's tools costs a call, and what their list costs. */
import type { Bench, Report } from '../harness/bench.ts'
import { floor, withTools } from '../harness/kinds.ts'
import { load } from '../harness/load.ts'
import { inTurns, ratios, said } from '../harness/rounds.ts'
import type { Subject, SubjectKind } from '../harness/subject.ts'

const [few, some, many] = [
  withTools(5, 'node:http'),
  withTools(50, 'node:http'),
  withTools(500, 'node:http'),
]
const kinds = [few, some, many, withTools(5, 'Functions'), withTools(500, 'Functions')]
const load32 = { era: '2026-07-28', connections: 32, milliseconds: 600 } as const

type Method = 'tools/call' | 'tools/list'
type Measure = { subject: Subject; method: Method }

export async function tools({ newUsers, start }: Bench): Promise<Report> {
  const users = await newUsers(200)
  const measures: Measure[] = [{ subject: await start(floor), method: 'tools/call' }]
  for (const kind of kinds) {
    const subject = await start(kind)
    measures.push({ subject, method: 'tools/call' }, { subject, method: 'tools/list' })
  }
  for (const { subject, method } of measures) {
    await load(subject, { ...load32, method, users, milliseconds: 2000 })
  }
  const results = await inTurns(measures, ({ subject, method }) =>
    load(subject, { ...load32, method, users }),
  )
  const cpu = ({ name }: SubjectKind, method: Method) => {
    const measure = measures.find((it) => it.subject.name === name && it.method === method)
    return measure ? (results.get(measure) ?? []).map((measured) => measured.cpu) : []
  }
  const floorsCall = cpu(floor, 'tools/call')
  const timesFloor = (kind: SubjectKind, method: Method) => ratios(cpu(kind, method), floorsCall)
  const call = ratios(cpu(many, 'tools/call'), cpu(few, 'tools/call'))
  const list = timesFloor(many, 'tools/list')
  return {
    title: 'Tools',
    how: 'CPU of this project’s endpoint with generated tools of four arguments, a tenth of them for a role that the caller lacks (the list says so); behind node:http alone, and as a function on the local host.',
    tables: [
      {
        head: ['', 'tools/call, × floor', 'tools/list, × floor’s call'],
        rows: kinds.map((kind) => [
          kind.name,
          said(timesFloor(kind, 'tools/call')),
          said(timesFloor(kind, 'tools/list')),
        ]),
      },
    ],
    goals: [
      {
        row: 5,
        what: 'tools/call with 500 tools ÷ 5 tools',
        goal: '≤ 1.1',
        measured: said(call),
        isMet: call.median <= 1.1,
      },
      {
        row: 6,
        what: 'tools/list with 500 tools, tailored to the caller',
        goal: '≤ 2 × floor’s call',
        measured: `${said(list)} ×`,
        isMet: list.median <= 2,
      },
    ],
  }
}
