/**
 * The table behind the process, as the cache sees it: tokens by caller and scope. It may be slow, down or tampered
 * with, and none of that reaches a caller: what it cannot give is a miss.
 */
import type { Caller } from '../caller.ts'
import { clientCapabilities } from '../msal-client.ts'
import type { DownstreamToken } from '../on-behalf-of.ts'
import type { KeyRing } from './key-ring.ts'
import type { Report, Spare } from './outage.ts'
import { type Place, seal } from './seal.ts'
import type { Table } from './table.ts'

export type SecondLevel = {
  read: (caller: Caller, scope: string) => Promise<DownstreamToken | undefined>
  /** Returns at once. */
  write: (caller: Caller, scope: string, token: DownstreamToken) => void
  /** Returns at once. */
  remove: (caller: Caller, scope: string) => void
}

export function secondLevel(options: {
  clientId: string
  ring: KeyRing
  table: Table
  spare: Spare
  report: Report
}): SecondLevel {
  const { clientId, ring, table, spare, report } = options
  const { open, close } = seal(ring)
  const remove = (place: Place) => {
    spare(() => table.remove(place))
  }
  return {
    async read(caller, scope) {
      const place = placeOf({ ring, clientId, caller, scope })
      const row = await spare(() => table.read(place))
      if (!row) return undefined
      try {
        return open(row, place)
      } catch (error) {
        report('cache_row_rejected', error instanceof Error ? error.message : String(error))
        remove(place)
        return undefined
      }
    },
    write(caller, scope, token) {
      const place = placeOf({ ring, clientId, caller, scope })
      spare(async () => table.write(place, await close(token, place)))
    },
    remove(caller, scope) {
      remove(placeOf({ ring, clientId, caller, scope }))
    },
  }
}

/**
 * One partition a user, so that all of a user's rows can be deleted at once. A row is named by everything that its
 * token depends on: a user's session with MFA must not lend its token to one without.
 */
export function placeOf(of: {
  ring: KeyRing
  /** Of this API. */
  clientId: string
  caller: Pick<Caller, 'tid' | 'oid' | 'azp' | 'assertionHash'>
  scope: string
}): Place {
  const { ring, clientId, scope } = of
  const { tid, oid, azp, assertionHash } = of.caller
  const parts = [tid, oid, clientId, azp, scope, clientCapabilities, assertionHash]
  return {
    partitionKey: ring.name(['user', tid, oid]),
    rowKey: ring.name(['token', ...parts]),
  }
}
