/**
 * Seals a value that others carry but must not read or change: in a link, a form, a cookie or a client id. Each kind is
 * sealed for its own purpose (encryption-keys.ts), so that one cannot pass as another, and has its own lifetime.
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
  /** Seconds; unlimited if absent. */
  life?: number | undefined
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
