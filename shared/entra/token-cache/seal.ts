/**
 * A downstream token as text that a stolen table does not give away: a compact JWE (RFC 7516; `dir`, A256GCM) whose
 * protected header names the row it stands in and when that expires. What has been edited, moved to another row or
 * sealed with an unknown key does not open.
 */
import { createDecipheriv } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { Secret } from '../../secret.ts'
import * as z from '../../zod.ts'
import type { DownstreamToken } from '../on-behalf-of.ts'
import type { KeyRing } from './key-ring.ts'

/** Of a row in the table. */
export type Place = { partitionKey: string; rowKey: string }

/** What a row says. `expiresAt`: in clear, for the sweep and for people. */
export type Sealed = { sealed: string; expiresAt: Date }

export type Seal = {
  close: (token: DownstreamToken, place: Place) => Promise<Sealed>
  /** Throws, with a reason and nothing of the content. */
  open: (row: Sealed, place: Place) => DownstreamToken
}

/** All that we write: what else a header can ask for (RFC 7516 §4.1, `zip` or `crit`) is refused. */
const header = z.strictObject({
  alg: z.literal('dir'),
  enc: z.literal('A256GCM'),
  kid: z.string(),
  pk: z.string(),
  rk: z.string(),
  exp: z.number(),
})
const content = z.object({ token: z.string(), refreshAt: z.number() })

export function seal({ newest, keyOf }: KeyRing): Seal {
  return {
    async close({ token, expiresAt, refreshAt }, { partitionKey: pk, rowKey: rk }) {
      const bytes = new TextEncoder().encode(JSON.stringify({ token: token.reveal(), refreshAt }))
      const sealed = await new CompactEncrypt(bytes)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: newest.kid, pk, rk, exp: expiresAt })
        .encrypt(newest.key)
      return { sealed, expiresAt: new Date(expiresAt) }
    },
    // Not by jose, whose WebCrypto takes a thread for each row: that costs as much as reading it from the table.
    open({ sealed, expiresAt }, { partitionKey, rowKey }) {
      const [head, wrappedKey, iv, ciphertext, tag, more] = sealed.split('.').map(exactBytes)
      if (!head || wrappedKey?.length !== 0 || iv?.length !== 12 || !ciphertext || !tag || more)
        throw new Error('not a JWE of ours')
      const { kid, pk, rk, exp } = parse(header, head)
      const key = keyOf(kid)
      if (!key) throw new Error('unknown kid')
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
      decipher.setAuthTag(tag).setAAD(Buffer.from(sealed.slice(0, sealed.indexOf('.'))))
      const plaintext = Buffer.concat([decipher.update(ciphertext), decipher.final()])
      if (pk !== partitionKey || rk !== rowKey) throw new Error('sealed for another row')
      if (exp !== expiresAt.getTime()) throw new Error('sealed with another expiry')
      const { token, refreshAt } = parse(content, plaintext)
      return { token: new Secret('downstream token', token), expiresAt: exp, refreshAt }
    },
  }
}

/** One text for one content: decoders overlook spare bits and white space (RFC 4648 §3.5), and so would miss an edit. */
function exactBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new Error('not as it was written')
  return bytes
}

/** Its errors show nothing of what they are about, as those of JSON.parse would. */
function parse<Schema extends z.ZodType>(schema: Schema, bytes: Buffer): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(bytes.toString()))
  } catch {
    throw new Error('sealed with another content')
  }
}
