/**
 * How many exchanges there may have been at most: one for each token that had to be won, and what each event cost on
 * top. What is shared is won once, whichever process needs it.
 */
import { size } from './fleet.ts'
import { lives } from './stage.ts'

/** Of a sign-in: its first call, its last, and the end of its assertion; milliseconds since 1970. */
export type Life = { from: number; to: number; expiry: number }

/** Something that took from the processes what they shared, or one of them. */
export type Event = {
  at: number
  kind: 'table lost' | 'keys changed' | 'process killed'
  /** Until when its effects lasted. */
  until: number
}

export type Allowance = { what: string; exchanges: number }

export function allowances(sessions: readonly Life[], events: readonly Event[]): Allowance[] {
  const sum = (count: (life: Life) => number) =>
    sessions.reduce((total, life) => total + count(life), 0)
  const renewed = sum(renewals)
  /** Sessions that were there at some time during the event. */
  const present = ({ at, until }: Event) =>
    sessions.filter(({ from, to }) => from <= until && to >= at)
  const during = (kind: Event['kind'], each: (life: Life, event: Event) => number) =>
    events
      .filter((event) => event.kind === kind)
      .flatMap((event) => present(event).map((life) => each(life, event)))
      .reduce((total, count) => total + count, 0)
  return [
    { what: 'sign-ins', exchanges: sessions.length },
    { what: 'renewals', exchanges: renewed },
    {
      // Each process wins for itself what it cannot share.
      what: 'while the table was lost',
      exchanges: during('table lost', (life, { at, until }) => {
        const alone = { ...life, from: Math.max(life.from, at), to: Math.min(life.to, until) }
        return size + (size - 1) * renewals(alone)
      }),
    },
    {
      // Those that lack the new key cannot open what it seals, and those that lack the old one name rows differently.
      what: 'while our keys changed',
      exchanges: during('keys changed', (life, { at, until }) => {
        const twofold = { ...life, from: Math.max(life.from, at), to: Math.min(life.to, until) }
        return 1 + renewals(twofold)
      }),
    },
    // What it had won and not yet written.
    { what: 'the process killed', exchanges: during('process killed', () => 1) },
    // Two processes that renew in the same moment: harmless, and cheaper than a lock.
    { what: 'renewed by two at once', exchanges: Math.ceil(renewed / 10) },
  ]
}

/** In the assertion's last minute nothing is renewed ahead; what ends then is won again. */
function renewals({ from, to, expiry }: Life): number {
  const lastMinute = expiry - 60_000
  const ahead = Math.max(0, Math.min(to, lastMinute) - from) / 1000
  const after = Math.max(0, to - Math.max(from, lastMinute)) / 1000
  return Math.floor(ahead / lives.refreshIn) + Math.ceil(after / lives.usable.shortest)
}
