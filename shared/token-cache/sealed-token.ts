/**
 * Seals a downstream token into a table row, bound to the row's keys and expiry. A row that was edited, moved, or
 * sealed with an unknown key does not open.
 */

import type { Seal } from '../encryption-keys.ts'
import type { DownstreamToken } from '../entra/on-behalf-of.ts'
import { parseJson } from '../json.ts'
import { Secret } from '../secret.ts'
import * as z from '../zod.ts'

/** Of a row in the table. */
export type Place = { partitionKey: string; rowKey: string }

/** The content of a row. `expiresAt`: in clear text, for the sweep and for people. */
export type Sealed = { sealed: string; expiresAt: Date }

const content = z.object({ token: z.string(), refreshAt: z.number() })

export function sealToken(seal: Seal, token: DownstreamToken, place: Place): Sealed {
  const expiresAt = new Date(token.expiresAt)
  const text = JSON.stringify({ token: token.token.reveal(), refreshAt: token.refreshAt })
  return { sealed: seal.close(text, contextOf(place, expiresAt)), expiresAt }
}

/** @throws Error whose message contains nothing of the content */
export function openToken(
  seal: Seal,
  { sealed, expiresAt }: Sealed,
  place: Place,
): DownstreamToken {
  const { token, refreshAt } = content.parse(
    parseJson(seal.open(sealed, contextOf(place, expiresAt))),
  )
  return {
    token: new Secret('downstream token', token),
    expiresAt: expiresAt.getTime(),
    refreshAt,
    source: 'table',
  }
}

const contextOf = ({ partitionKey, rowKey }: Place, expiresAt: Date) => [
  partitionKey,
  rowKey,
  expiresAt.toJSON(),
]
