/**
 * A value that travels through hands that must not read or change it: in a link, a form, a cookie, a client id. Sealed
 * for one purpose (encryption-keys.ts), so that one kind never passes as another, and good for a time of its own.
 */
import type { Seal } from './encryption-keys.ts'
import { at, parseJson } from './json.ts'
import type * as z from './zod.ts'

export type Sealed<Content> = {
  close: (content: Content) => string
  open: (text: string) => Content | 'expired' | 'altered'
}

/** @example sealed({ seal: keys.seal('consent state'), schema: consentState, life: 10 * 60, now }) */
export function sealed<Content>(options: {
  seal: Seal
  schema: z.ZodType<Content>
  /** Seconds; for ever without. */
  life?: number
  /** Milliseconds since 1970. */
  now: () => number
}): Sealed<Content> {
  const { seal, schema, life, now } = options
  return {
    close(content) {
      const expires = life === undefined ? undefined : Math.floor(now() / 1000) + life
      return seal.close(JSON.stringify({ content, expires }))
    },
    open(text) {
      const envelope = parseJson(opened(text, seal))
      const parsed = schema.safeParse(at(envelope, 'content'))
      if (!parsed.success) return 'altered'
      const expires = at(envelope, 'expires')
      return typeof expires === 'number' && expires * 1000 <= now() ? 'expired' : parsed.data
    },
  }
}

function opened(text: string, seal: Seal): string {
  try {
    return seal.open(text)
  } catch {
    return ''
  }
}
