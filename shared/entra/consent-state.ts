/**
 * What a consent link remembers, carried in its `state` and nowhere else: sealed, so that it tells nothing to a person
 * who sees the link, and good for ten minutes.
 */
import type { EncryptionKeys } from '../encryption-keys.ts'
import { parseJson } from '../json.ts'
import * as z from '../zod.ts'

/** Who asked, through which tool, for what; and the proof key of the sign-in (RFC 7636). */
export type ConsentState = z.infer<typeof asked>

const asked = z.object({
  tid: z.string(),
  oid: z.string(),
  tool: z.string(),
  scope: z.string(),
  verifier: z.string(),
})
const content = asked.extend({ expiresAt: z.number() })

export type ConsentStates = {
  close: (state: ConsentState) => string
  open: (text: string) => ConsentState | 'expired' | 'altered'
}

/** Milliseconds. */
const life = 10 * 60_000

export function consentStates(options: { keys: EncryptionKeys; now: () => number }): ConsentStates {
  const { keys, now } = options
  const { close, open } = keys.seal('consent state')
  return {
    close: (state) => close(JSON.stringify({ ...state, expiresAt: now() + life })),
    open(text) {
      try {
        const { expiresAt, ...state } = content.parse(parseJson(open(text)))
        return now() < expiresAt ? state : 'expired'
      } catch {
        return 'altered'
      }
    },
  }
}
