/**
 * What a consent link remembers, carried in its `state` and nowhere else: sealed (JWE, `dir`, A256GCM) so that it says
 * nothing to who sees the link, and ended after ten minutes.
 */
import { hkdfSync, randomBytes } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { CacheKey } from '../settings.ts'
import * as z from '../zod.ts'

/** Who asked, through which tool, for what; and the proof key of the sign-in (RFC 7636). */
export type ConsentState = z.infer<typeof content>

const content = z.object({
  tid: z.string(),
  oid: z.string(),
  tool: z.string(),
  scope: z.string(),
  verifier: z.string(),
})

export type ConsentStates = {
  close: (state: ConsentState) => Promise<string>
  open: (text: string) => Promise<ConsentState | 'expired' | 'altered'>
}

const life = 10 * 60

/** `keys`: newest first; without any a link works in the process that made it only. */
export function consentStates(options: {
  keys: readonly CacheKey[]
  now: () => number
}): ConsentStates {
  const { keys, now } = options
  const derived = new Map(
    keys.map(({ kid, key }) => {
      const bytes = Buffer.from(key.reveal(), 'base64url')
      return [kid, new Uint8Array(hkdfSync('sha256', bytes, '', 'consent state', 32))]
    }),
  )
  if (derived.size === 0) derived.set('process', randomBytes(32))
  const [[newest, newestKey] = ['process', randomBytes(32)]] = derived

  return {
    close(state) {
      const seconds = Math.floor(now() / 1000)
      return new EncryptJWT(state)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: newest })
        .setExpirationTime(seconds + life)
        .encrypt(newestKey)
    },
    async open(text) {
      try {
        const { payload } = await jwtDecrypt(
          text,
          ({ kid = '' }) => derived.get(kid) ?? randomBytes(32),
          {
            currentDate: new Date(now()),
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
          },
        )
        return content.parse(payload)
      } catch (error) {
        return error instanceof errors.JWTExpired ? 'expired' : 'altered'
      }
    },
  }
}
