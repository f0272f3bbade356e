/** The data of a consent link, carried in its `state` and stored nowhere else. Valid for ten minutes. */
import type { EncryptionKeys } from '../encryption-keys.ts'
import { type Sealed, sealed } from '../sealed.ts'
import * as z from '../zod.ts'

/** The user, the tool and the scope, and the PKCE verifier of the sign-in (RFC 7636). */
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
