/**
 * The three processes under test. Replaces them like a platform: sends new calls elsewhere and waits for those in
 * progress; or kills one without warning, like a failing machine.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type ServedApp, serveApp } from '../../test/support/served-app.ts'

export type Member = {
  app: ServedApp
  /** Milliseconds since the epoch. */
  born: number
  calls: number
  takesCalls: boolean
  killed: boolean
}

export type Fleet = Awaited<ReturnType<typeof openFleet>>

export const size = 3

/** `settings` apply to all processes; `replaceAll` changes them. */
export async function openFleet(settings: Record<string, string>) {
  /** Number of log lines by outcome. */
  const outcomes = new Map<string, number>()
  const note = (line: string) => {
    const outcome = /"outcome":"(\w+)"/.exec(line)?.[1]
    if (outcome) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  const start = async (): Promise<Member> => {
    const app = await serveApp(settings)
    app.onLine(note)
    return { app, born: Date.now(), calls: 0, takesCalls: true, killed: false }
  }
  const members = await Promise.all(Array.from({ length: size }, start))

  return {
    members,
    outcomes,
    /** Picks a process for a call. Call `done` when the call has ended. */
    take() {
      const open = members.filter(({ takesCalls }) => takesCalls)
      const member = open[Math.floor(Math.random() * open.length)]
      if (!member) throw new Error('no process takes calls')
      member.calls += 1
      return { member, done: () => (member.calls -= 1) }
    },
    /** Replaces the processes one after another, with changed settings. */
    async replaceAll(changes: Record<string, string>) {
      Object.assign(settings, changes)
      for (const [index, member] of members.entries()) {
        const next = await start()
        member.takesCalls = false
        members[index] = next
        while (member.calls > 0) await pause(10)
        await member.app.kill()
      }
    },
    /** @returns the number of its calls in progress */
    async killOne() {
      const [member] = members
      if (!member) throw new Error('no process to kill')
      member.takesCalls = false
      member.killed = true
      const { calls } = member
      await member.app.kill()
      members[0] = await start()
      return calls
    },
    close: () => Promise.all(members.map(({ app }) => app.kill())),
  }
}
