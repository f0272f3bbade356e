/** The cost of the authorization server: its own, of warm calls, and for a user while strangers register and sign in. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { authorizationFlow, type Flow, facade } from '../harness/authorization-flow.ts'
import type { Bench, Goal, Report } from '../harness/bench.ts'
import { product } from '../harness/kinds.ts'
import { askOnce, load } from '../harness/load.ts'
import { cpuInShortTurns, inTurns, ratios, type Spread, said, spread } from '../harness/rounds.ts'
import type { Subject, SubjectKind } from '../harness/subject.ts'

const message = { era: 'initialize', method: 'tools/call' } as const
const withFacade: SubjectKind = {
  ...product,
  name: 'with the authorization server',
  environment: facade,
}
const strangers = 10_000
/** All are unfinished at the same time: a sign-in may take ten minutes. */
const perSecond = strangers / 600

export async function authorization(bench: Bench): Promise<Report> {
  const [user] = await bench.newUsers(1)
  if (!user) throw new Error('A user is needed')
  const own = await ownCost(await authorizationFlow(bench.settings, user))
  const warm = await warmCalls(bench)
  const flood = await besideStrangers(bench)
  const limit = '≤ 5 ms beside MSAL’s part'
  const goals: Goal[] = [
    {
      ...{ row: '13', what: 'CPU of /oauth/authorize, both requests', goal: limit },
      ...{ measured: `${said(own.authorize)} ms`, isMet: own.authorize.median <= 5 },
    },
    {
      ...{ row: '13', what: 'CPU of /oauth/token, a refresh', goal: limit },
      ...{ measured: `${said(own.token)} ms`, isMet: own.token.median <= 5 },
    },
    {
      ...{ row: '14', what: 'CPU per warm call with the authorization server ÷ without' },
      ...{ goal: '≤ 1.05', measured: said(warm), isMet: warm.median <= 1.05 },
    },
    {
      row: '15',
      what: `${strangers} registrations and half-finished sign-ins in ten minutes: p95 of a user; bytes kept of each`,
      goal: '≤ 1.5 × calm; none',
      measured: `${said(flood.p95)} ×; ${flood.bytes.toFixed(0)}`,
      isMet: flood.p95.median <= 1.5 && flood.bytes < 100,
    },
  ]
  return {
    title: 'Authorization server',
    how: 'CPU of its own functions, without HTTP, a request to Entra that takes no time, and MSAL’s part taken off; of warm calls, as above; p95 of one user’s warm calls (4 at a time) while strangers register, ask and allow, and never come back from Entra.',
    tables: [],
    goals,
  }
}

/** Milliseconds of CPU. */
async function ownCost(flow: Flow): Promise<{ authorize: Spread; token: Spread }> {
  const times = 200
  const cpu = async (work: () => Promise<unknown>) => {
    const before = process.cpuUsage()
    for (let done = 0; done < times; done += 1) await work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / times
  }
  const parts = [flow.authorize, flow.refresh, flow.msal]
  for (const part of parts) await cpu(part)
  const results = await inTurns(parts, cpu)
  const [authorize = [], refresh = [], msal = []] = parts.map((part) => results.get(part))
  return {
    authorize: spread(authorize),
    token: spread(refresh.map((value, round) => value - (msal[round] ?? Number.NaN))),
  }
}

async function warmCalls({ newUsers, start }: Bench): Promise<Spread> {
  const users = await newUsers(100)
  const subjects = [await start(product), await start(withFacade)]
  const calls = { ...message, users, connections: 32, milliseconds: 400 }
  for (const subject of subjects) {
    await askOnce(subject, { ...message, users, connections: 16 })
    await load(subject, { ...calls, milliseconds: 1500 })
  }
  const results = await cpuInShortTurns(subjects, (subject) => load(subject, calls))
  const [without = [], facaded = []] = subjects.map((subject) => results.get(subject))
  for (const subject of subjects) await subject.close()
  return ratios(facaded, without)
}

async function besideStrangers(bench: Bench): Promise<{ p95: Spread; bytes: number }> {
  const subject = await bench.start(withFacade)
  const users = await bench.newUsers(1)
  const calls = { ...message, users, connections: 4, milliseconds: 3000 }
  await load(subject, { ...calls, milliseconds: 1500 })
  await knocking(subject, { count: 500, perSecond: 100 })
  const results = await inTurns(['calm', 'beside'], async (which) => {
    if (which === 'calm') return (await load(subject, calls)).p95
    const count = Math.ceil((perSecond * calls.milliseconds) / 1000)
    const [{ p95 }] = await Promise.all([
      load(subject, calls),
      knocking(subject, { count, perSecond }),
    ])
    return p95
  })
  // The first half warms V8 up: its code and heap are not memory of each stranger.
  const half = strangers / 2
  await knocking(subject, { count: half, perSecond: 200 })
  const before = await subject.memory()
  await knocking(subject, { count: half, perSecond: 200 })
  const bytes = ((await subject.memory()) - before) / half
  await subject.close()
  return { p95: ratios(results.get('beside') ?? [], results.get('calm') ?? []), bytes }
}

/** In another process, so that they do not slow down the one that measures. */
async function knocking(
  { url }: Subject,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<void> {
  const child = fork(strangersProgram, [url, String(count), String(perSecond)])
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('A stranger got an unexpected answer')
}

const strangersProgram = new URL('../apps/strangers.ts', import.meta.url)
