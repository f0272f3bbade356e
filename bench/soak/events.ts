/** The events during a run: key rotations, replaced processes, a killed one, and a lost table. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Event } from './exchanges.ts'
import type { Fleet } from './fleet.ts'
import type { Stage } from './stage.ts'

type Key = { kid: string; key: string }

export const newKey = (kid: string): Key => ({ kid, key: randomBytes(32).toString('base64url') })
export const keysSetting = (keys: readonly Key[]) => ({ ENCRYPTION_KEYS: JSON.stringify(keys) })

/** Milliseconds for which Azurite is stopped. */
const tablesAway = 8_000
/** Milliseconds until every process has tried the table again: they wait for 5 s after a failure. */
const afterwards = 6_000

/** @returns the events' times, from which exchanges.ts computes the allowed exchanges */
export async function befall(
  { begun, length, oldest }: { begun: number; length: number; oldest: Key },
  { stage, fleet }: { stage: Stage; fleet: Fleet },
): Promise<Event[]> {
  const newest = newKey('second')
  const events: Event[] = []
  const lasting = async (kind: Event['kind'], run: () => Promise<unknown>, beyond = 0) => {
    const at = Date.now()
    await run()
    events.push({ kind, at, until: Date.now() + beyond })
  }
  const replaceAll = (keys: readonly Key[]) =>
    lasting('keys changed', () => fleet.replaceAll(keysSetting(keys)))
  const plan: [share: number, happens: () => Promise<unknown>][] = [
    [0.1, stage.rotateEntraKeys],
    [0.2, () => replaceAll([newest, oldest])],
    [0.4, () => lasting('process killed', fleet.killOne)],
    [
      0.5,
      () =>
        lasting(
          'table lost',
          async () => {
            await stage.stopTables()
            await pause(tablesAway)
            await stage.restartTables()
          },
          afterwards,
        ),
    ],
    [0.7, stage.rotateEntraKeys],
    [0.75, () => replaceAll([newest])],
  ]
  for (const [share, happens] of plan) {
    await pause(Math.max(0, begun + share * length - Date.now()))
    await happens()
  }
  return events
}
