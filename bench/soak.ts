/**
 * `npm run soak -- --minutes 5`: runs three processes on one table while tokens expire, users come and go, keys change
 * and a process dies. Prints a table of what was seen and what is allowed, and exits with 1 on a violation.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { befall, keysSetting, newKey } from './soak/events.ts'
import { allowances, type Life } from './soak/exchanges.ts'
import { openFleet, size } from './soak/fleet.ts'
import { memoryOf } from './soak/memory.ts'
import { findings, table } from './soak/report.ts'
import { session, type Tally } from './soak/session.ts'
import { openStage } from './soak/stage.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
const minutes = Number(values.minutes)
if (!(minutes >= 1)) throw new Error('--minutes must be a number from 1')
const length = minutes * 60_000

const stage = await openStage()
const oldest = newKey('first')
const fleet = await openFleet({ ...stage.settings, ...keysSetting([oldest]) })
const tally: Tally = { calls: 0, cut: 0, expired: 0, slowest: 0, violations: [] }
const memory = memoryOf()
const begun = Date.now()
const end = begun + length
const sessions: Life[] = []

/** One user after another: signs in, leaves or is refused; after a pause the next user follows. */
async function place(index: number): Promise<void> {
  for (let turn = 0; Date.now() < end; turn++) {
    const person = stage.people[(index + turn * places) % stage.people.length]
    if (!person) throw new Error('There are no users')
    sessions.push(await session({ person, until: end }, { stage, fleet, tally }))
    await pause(Math.min(Math.random() * 5_000, Math.max(0, end - Date.now())))
  }
}
const places = 24

async function watch(): Promise<void> {
  while (Date.now() < end) {
    await pause(Math.min(2_000, end - Date.now()))
    stage.varyLives()
    stage.exchanges()
    await memory.sample(fleet.members)
  }
}

try {
  const working = Array.from({ length: places }, (_, index) => place(index))
  const [events] = await Promise.all([
    befall({ begun, length, oldest }, { stage, fleet }),
    watch(),
    ...working,
  ])
  const found = findings({
    ...{ minutes, processes: size, tally, sessions, outcomes: fleet.outcomes },
    exchanges: stage.exchanges(),
    allowed: allowances(sessions, events),
    growth: memory.growth(),
  })
  console.log(table(found.rows))
  for (const violation of found.violations.slice(0, 20)) console.error(violation)
  process.exitCode = found.violations.length > 0 ? 1 : 0
} finally {
  await Promise.all([fleet.close(), stage.close()])
}
