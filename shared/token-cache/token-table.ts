/**
 * Tokens by caller and scope in the table that all instances share. The table may be slow, down or tampered with; a
 * caller notices none of that: a token that cannot be read is a miss.
 */
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { Caller } from '../entra/caller.ts'
import type { DownstreamToken } from '../entra/on-behalf-of.ts'
import type { Report, Spare } from './outage.ts'
import type { Rows } from './rows.ts'
import { openToken, type Place, sealToken } from './sealed-token.ts'

export type TokenTable = {
  read: (caller: Caller, scope: string) => Promise<DownstreamToken | undefined>
  /** Returns at once. */
  write: (caller: Caller, scope: string, token: DownstreamToken) => void
  /** Returns at once. */
  remove: (caller: Caller, scope: string) => void
  /**
   * One partition per user, so that all rows of a user can be deleted at once. A row is named by everything that its
   * token depends on: a session with MFA must not lend its token to one without.
   */
  placeOf: (caller: Pick<Caller, 'tid' | 'oid' | 'azp' | 'assertionHash'>, scope: string) => Place
  /** Every partition that may hold rows of this user: instances may use other keys during a rotation. */
  partitionsOf: (user: Pick<Caller, 'tid' | 'oid'>) => readonly string[]
}

export function tokenTable(options: {
  /** This app, as every exchanged token depends on it: its client id, and what it told Entra that it can do. */
  app: readonly unknown[]
  keys: EncryptionKeys
  rows: Rows
  spare: Spare
  report: Report
}): TokenTable {
  const { app, rows, spare, report } = options
  const seal = options.keys.seal('token cache')
  const { all } = options.keys.mac('token cache index')
  // The oldest key names rows: adding one keeps every row findable, and dropping one costs misses and nothing else.
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
        return openToken(seal, row, place)
      } catch (error) {
        report('cache_row_rejected', error instanceof Error ? error.message : String(error))
        remove(place)
        return undefined
      }
    },
    write(caller, scope, token) {
      const place = placeOf(caller, scope)
      spare(() => rows.write(place, sealToken(seal, token, place)))
    },
    remove: (caller, scope) => remove(placeOf(caller, scope)),
  }
}
