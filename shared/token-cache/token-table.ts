/**
 * Stores tokens by caller and scope in the table that all instances share. If the table is slow, down or tampered with,
 * the caller does not notice: an unreadable token is a miss.
 */
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { Caller, User } from '../entra/caller.ts'
import type { DownstreamToken } from '../entra/on-behalf-of.ts'
import { Secret } from '../secret.ts'
import * as z from '../zod.ts'
import type { Report, Spare } from './outage.ts'
import type { Rows } from './rows.ts'
import { closeRow, openRow, type Place } from './sealed-row.ts'

export type TokenTable = {
  read: (caller: Caller, scope: string) => Promise<DownstreamToken | undefined>
  /** Returns at once. */
  write: (caller: Caller, scope: string, token: DownstreamToken) => void
  /** Returns at once. */
  remove: (caller: Caller, scope: string) => void
  /**
   * One partition per user, so that all rows of a user can be deleted at once. The row key covers everything that the
   * token depends on: a session without MFA must not get the token of a session with MFA.
   */
  placeOf: (caller: Pick<Caller, 'tid' | 'oid' | 'azp' | 'assertionHash'>, scope: string) => Place
  /** Every partition that may contain rows of this user: instances may use other keys during a rotation. */
  partitionsOf: (user: User) => readonly string[]
}

const content = z.object({ token: z.string(), refreshAt: z.number() })

/** Its functions do not reject. */
export function tokenTable(options: {
  /** What every exchanged token depends on: this app's client id and the capabilities it declared to Entra. */
  app: readonly unknown[]
  keys: EncryptionKeys
  rows: Rows
  spare: Spare
  report: Report
}): TokenTable {
  const { app, rows, spare, report } = options
  const seal = options.keys.seal('token cache')
  const { all } = options.keys.mac('token cache index')
  // The oldest key names the rows: after adding a key every row is still found, and removing one only costs misses.
  const nameOf = (values: readonly unknown[]) => all(values).slice(-1).join()
  const placeOf: TokenTable['placeOf'] = ({ tid, oid, azp, assertionHash }, scope) => ({
    partitionKey: nameOf(['user', tid, oid]),
    rowKey: nameOf(['sealed token', tid, oid, app, azp, scope, assertionHash]),
  })
  const remove = (place: Place) => {
    spare(() => rows.remove(place))
  }

  return {
    placeOf,
    partitionsOf: ({ tid, oid }) => all(['user', tid, oid]),
    async read(caller, scope) {
      const place = placeOf(caller, scope)
      const row = await spare(() => rows.read(place))
      if (!row) return undefined
      try {
        const { token, refreshAt } = openRow(seal, place, { schema: content, row })
        const expiresAt = row.expiresAt.getTime()
        const secret = new Secret('downstream token', token)
        return { token: secret, expiresAt, refreshAt, source: 'table' }
      } catch (error) {
        report('cache_row_rejected', error instanceof Error ? error.message : String(error))
        remove(place)
        return undefined
      }
    },
    write(caller, scope, { token, refreshAt, expiresAt: end }) {
      const place = placeOf(caller, scope)
      const expiresAt = new Date(end)
      spare(() => {
        const content = { token: token.reveal(), refreshAt }
        return rows.write(place, closeRow(seal, place, { content, expiresAt }))
      })
    },
    remove: (caller, scope) => remove(placeOf(caller, scope)),
  }
}
