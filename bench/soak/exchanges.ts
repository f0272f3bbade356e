/**
 * The number of exchanges that a run may need at most: one for each downstream token, and the additional ones of each
 * event. The processes share a token, so that it needs one exchange.
 */
import { size } from './fleet.ts'
import { lives } from './stage.ts'

/** A sign-in's first and last call and its token's expiry, in milliseconds since the epoch. */
export type Life = { from: number; to: number; expiry: number }

/** An event in which the processes lost their shared state, or one of them was killed. */
export type Event = {
  at: number
  kind: 'table lost' | 'keys changed' | 'process killed'
  /** The end of its effects. */
  until: number
}

export type Allowance = { what: string; exchanges: number }

/** The allowed exchanges, by reason. */
export function allowances(sessions: readonly Life[], events: readonly Event[]): Allowance[] {
  const sum = (count: (life: Life) => number) =>
    sessions.reduce((total, life) => total + count(life), 0)
  const renewed = sum(renewals)
  /** Sessions that overlap with the event. */
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
      // Without the table each process needs its own token.
      what: 'while the table was lost',
      exchanges: during('table lost', (life, { at, until }) => {
        const alone = { ...life, from: Math.max(life.from, at), to: Math.min(life.to, until) }
        return size + (size - 1) * renewals(alone)
      }),
    },
    {
      // Processes without the new key cannot decrypt its rows; processes without the old one use other row names.
      what: 'while our keys changed',
      exchanges: during('keys changed', (life, { at, until }) => {
        const twofold = { ...life, from: Math.max(life.from, at), to: Math.min(life.to, until) }
        return 1 + renewals(twofold)
      }),
    },
    // Tokens that it had not written to the table yet.
    { what: 'the process killed', exchanges: during('process killed', () => 1) },
    // Two processes may renew at the same time, which is harmless and cheaper than a lock.
    { what: 'renewed by two at once', exchanges: Math.ceil(renewed / 10) },
  ]
}

/** In the assertion's last minute nothing is renewed ahead; a token that expires then needs another exchange. */
function renewals({ from, to, expiry }: Life): number {
  const lastMinute = expiry - 60_000
  const ahead = Math.max(0, Math.min(to, lastMinute) - from) / 1000
  const after = Math.max(0, to - Math.max(from, lastMinute)) / 1000
  return Math.floor(ahead / lives.refreshIn) + Math.ceil(after / lives.usable.shortest)
}
