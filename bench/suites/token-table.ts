/** The cost of the shared table: no requests in a warm call, and little more than its library in a cold one. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as z from 'zod'
import type { Bench, Report } from '../harness/bench.ts'
import { startCountedTables } from '../harness/counted-tables.ts'
import { product } from '../harness/kinds.ts'
import { askOnce, load } from '../harness/load.ts'
import { ratios, said, spread } from '../harness/rounds.ts'
import { tableSettings } from '../harness/table-settings.ts'

export async function tokenTable(bench: Bench): Promise<Report> {
  const tables = bench.keep(await startCountedTables())
  const environment = tableSettings(tables.url)
  const { calls, requests } = await warmCalls(bench, { environment, requests: tables.requests })
  const results = await reads(bench, environment)
  const cached = results.map((round) => round.cached)
  const bare = results.map((round) => round.bare)
  const measured = ratios(cached, bare)
  return {
    title: 'Token table',
    how: 'Point reads from Azurite, 8 at a time: by @azure/data-tables alone, and by the cache, which also names, opens and checks the row. Requests to the table are counted by a proxy before Azurite.',
    tables: [
      {
        head: ['a read', 'CPU, µs', '× bare'],
        rows: [
          ['bare', spread(bare).median.toFixed(0), '1'],
          ['read, decrypted and checked', spread(cached).median.toFixed(0), said(measured)],
        ],
      },
    ],
    goals: [
      {
        row: '11',
        what: 'table requests in warm calls; CPU of read + decrypt',
        goal: 'none; ≤ 1.3 × bare point read',
        measured: `${requests} in ${calls.toLocaleString('en')} calls; ${said(measured)} ×`,
        isMet: requests === 0 && measured.median <= 1.3,
      },
    ],
  }
}

async function warmCalls(
  { start, newUsers }: Bench,
  table: { environment: Record<string, string>; requests: () => number },
) {
  const subject = await start({ ...product, environment: table.environment })
  const users = await newUsers(200)
  const message = { era: 'initialize', method: 'tools/call', users, connections: 16 } as const
  await askOnce(subject, message)
  // Lets pending writes finish, which are not part of warm calls.
  await load(subject, { ...message, milliseconds: 3000 })
  const before = table.requests()
  const { calls } = await load(subject, { ...message, milliseconds: 2000 })
  return { calls, requests: table.requests() - before }
}

const rounds = z.array(z.object({ cached: z.number(), bare: z.number() }))

async function reads({ settings, newUsers }: Bench, environment: Record<string, string>) {
  const users = await newUsers(100)
  const child = fork(new URL('../apps/token-table.ts', import.meta.url), {
    env: { ...settings, ...environment },
  })
  child.send(users.map(({ token }) => token))
  const ended = once(child, 'exit').then(() => {
    throw new Error('The reading process ended early')
  })
  const [message] = await Promise.race([once(child, 'message'), ended])
  ended.catch(() => {})
  return rounds.parse(message)
}
