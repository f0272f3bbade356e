/**
 * A downstream token as text that a stolen table does not give away: a compact JWE (RFC 7516; `dir`, A256GCM) whose
 * protected header names the row it stands in and when that expires. What has been edited, moved to another row or
 * sealed with an unknown key does not open.
 */
import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt } from 'jose'
import { z } from 'zod'
import { Secret } from '../../secret.ts'
import type { DownstreamToken } from '../on-behalf-of.ts'
import type { KeyRing } from './key-ring.ts'

/** Of a row in the table. */
export type Place = { partitionKey: string; rowKey: string }

/** What a row says. `expiresAt`: in clear, for the sweep and for people. */
export type Sealed = { sealed: string; expiresAt: Date }

export type Seal = {
  close: (token: DownstreamToken, place: Place) => Promise<Sealed>
  /** Throws, with a reason and nothing of the content. */
  open: (row: Sealed, place: Place) => Promise<DownstreamToken>
}

const algorithms = {
  keyManagementAlgorithms: ['dir'],
  contentEncryptionAlgorithms: ['A256GCM'],
}
const header = z.object({ pk: z.string(), rk: z.string(), exp: z.number() })
const content = z.object({ token: z.string(), refreshAt: z.number() })

export function seal({ newest, keyOf }: KeyRing): Seal {
  return {
    async close({ token, expiresAt, refreshAt }, { partitionKey: pk, rowKey: rk }) {
      const bytes = new TextEncoder().encode(JSON.stringify({ token: token.reveal(), refreshAt }))
      const sealed = await new CompactEncrypt(bytes)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: newest.kid, pk, rk, exp: expiresAt })
        .encrypt(await newest.key)
      return { sealed, expiresAt: new Date(expiresAt) }
    },
    async open({ sealed, expiresAt }, { partitionKey, rowKey }) {
      if (!isExact(sealed)) throw new Error('not as it was written')
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        async ({ kid }: CompactJWEHeaderParameters) => {
          const key = await keyOf(kid)
          if (!key) throw new Error('unknown kid')
          return key
        },
        algorithms,
      )
      const { pk, rk, exp } = header.parse(protectedHeader)
      if (pk !== partitionKey || rk !== rowKey) throw new Error('sealed for another row')
      if (exp !== expiresAt.getTime()) throw new Error('sealed with another expiry')
      const { token, refreshAt } = content.parse(JSON.parse(new TextDecoder().decode(plaintext)))
      return { token: new Secret('downstream token', token), expiresAt: exp, refreshAt }
    },
  }
}

/** One text for one content: decoders overlook spare bits and white space (RFC 4648 §3.5), and so would miss an edit. */
const isExact = (text: string) =>
  text.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
