/**
 * One client of one user, from sign-in until its token expires or the user leaves: makes one call after another, each to
 * a random process, and checks every answer.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { listSubscriptions } from '../../test/support/served-app.ts'
import type { Life } from './exchanges.ts'
import type { Fleet } from './fleet.ts'
import { lives, type Person, type Stage } from './stage.ts'

export type Tally = {
  calls: number
  /** Calls in progress in the killed process. */
  cut: number
  /** Calls with an expired token, correctly refused. */
  expired: number
  /** Milliseconds. */
  slowest: number
  violations: string[]
}

/** @returns the session's times, from which exchanges.ts computes the allowed exchanges */
export async function session(
  { person, until }: { person: Person; until: number },
  parts: { stage: Stage; fleet: Fleet; tally: Tally },
): Promise<Life> {
  const { stage, fleet, tally } = parts
  const seconds = randomInt(lives.assertion.shortest, lives.assertion.longest + 1)
  const from = Date.now()
  const token = await stage.signIn(person, seconds)
  const expiry = expiryOf(token)
  // Half of the users leave early; the others stay until their token is refused.
  const leaves = Math.min(until, randomInt(2) ? from + randomInt(seconds * 1000) : expiry + 1_000)
  do {
    const { member, done } = fleet.take()
    const begun = Date.now()
    try {
      const listing = await listSubscriptions(member.app.origin, token)
      judge(listing, { begun, expiry, person, tally })
    } catch (error) {
      if (member.killed) tally.cut += 1
      else tally.violations.push(`no answer: ${error}`)
    } finally {
      done()
    }
    tally.calls += 1
    tally.slowest = Math.max(tally.slowest, Date.now() - begun)
    await pause(randomInt(100, 400))
  } while (Date.now() < leaves)
  return { from, to: Math.min(Date.now(), expiry), expiry }
}

function judge(
  { status, subscriptions, text }: Awaited<ReturnType<typeof listSubscriptions>>,
  of: { begun: number; expiry: number; person: Person; tally: Tally },
): void {
  const { begun, expiry, person, tally } = of
  const ended = Date.now()
  if (status === 401 && text.includes('"invalid_token"') && ended >= expiry) {
    tally.expired += 1
  } else if (status !== 200 || !subscriptions) {
    tally.violations.push(`HTTP ${status}: ${text.slice(0, 300)}`)
  } else if (subscriptions.join() !== person.subscription) {
    tally.violations.push(`${person.user.upn} was answered ${subscriptions}`)
  } else if (begun >= expiry) {
    tally.violations.push('a call with an expired token was served')
  }
}

function expiryOf(token: string): number {
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return Number(exp) * 1000
}
