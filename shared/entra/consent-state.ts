/** What a consent link remembers, carried in its `state` and nowhere else: good for ten minutes. */
import type { EncryptionKeys } from '../encryption-keys.ts'
import { type Sealed, sealed } from '../sealed.ts'
import * as z from '../zod.ts'

/** Who asked, through which tool, for what; and the proof key of the sign-in (RFC 7636). */
export type ConsentState = z.infer<typeof schema>
export type ConsentStates = Sealed<ConsentState>

const schema = z.object({
  tid: z.string(),
  oid: z.string(),
  tool: z.string(),
  scope: z.string(),
  verifier: z.string(),
})

/** Seconds. */
const life = 10 * 60

export const consentStates = (options: {
  keys: EncryptionKeys
  now: () => number
}): ConsentStates =>
  sealed({ seal: options.keys.seal('consent state'), schema, life, now: options.now })
