/** Puts load on a subject over several connections, and checks every answer. */
import { Pool } from 'undici'
import { type Message, sender } from './call.ts'
import { spread } from './rounds.ts'
import type { Subject } from './subject.ts'
import type { User } from './users.ts'

export type Load = Message & {
  /** Each connection goes through them in turn, from a random start. */
  users: readonly User[]
  connections: number
  milliseconds: number
}

export type Measured = {
  calls: number
  /** Microseconds of the server process per call. */
  cpu: number
  /** Milliseconds. */
  p50: number
  p95: number
  /** Wrong answers. */
  failed: number
}

/** Limits memory for fast subjects. */
const mostCalls = 20_000

/** @throws when a call fails, unless `mayFail` */
export async function load(
  subject: Subject,
  { mayFail = false, ...of }: Load & { mayFail?: boolean },
): Promise<Measured> {
  const { origin, pathname } = new URL(subject.url)
  await using pool = closing(new Pool(origin, { connections: of.connections, pipelining: 1 }))
  const send = sender(pool, pathname, of)
  const times: number[] = []
  let failed = 0
  const before = await subject.used()
  const end = performance.now() + of.milliseconds
  const connection = async () => {
    let at = Math.floor(Math.random() * of.users.length)
    for (let begun = performance.now(); begun < end && times.length < mostCalls; ) {
      const user = of.users[at++ % of.users.length]
      if (!user) throw new Error('Load needs users')
      const { isRight, body } = await send(user)
      if (!isRight && !mayFail) throw new Error(`${subject.name} answered: ${body.slice(0, 500)}`)
      if (!isRight) failed += 1
      const now = performance.now()
      times.push(now - begun)
      begun = now
    }
  }
  await Promise.all(Array.from({ length: of.connections }, connection))
  const after = await subject.used()
  const calls = times.length
  const cpu = (after.cpuMicroseconds - before.cpuMicroseconds) / calls
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(calls * 0.95)] ?? Number.NaN
  return { calls, cpu, p50: spread(times).median, p95, failed }
}

/** Calls once for each user; calls may fail. `slowest` in milliseconds. */
export async function askOnce(
  subject: Subject,
  of: Omit<Load, 'milliseconds'>,
): Promise<{ failed: number; slowest: number }> {
  const { origin, pathname } = new URL(subject.url)
  await using pool = closing(new Pool(origin, { connections: of.connections, pipelining: 1 }))
  const send = sender(pool, pathname, of)
  const times: number[] = []
  let failed = 0
  const waiting = of.users.values()
  const connection = async () => {
    for (const user of waiting) {
      const begun = performance.now()
      if (!(await send(user)).isRight) failed += 1
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: of.connections }, connection))
  return { failed, slowest: Math.max(...times) }
}

const closing = (pool: Pool) => Object.assign(pool, { [Symbol.asyncDispose]: () => pool.close() })
