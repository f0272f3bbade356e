/**
 * Configures zod. Always import zod from here, so that no schema is created before. Parsed values come from JSON, which
 * has no cycles, so zod's cycle detection is off: it costs two weak maps per parse.
 */
import * as zod from 'zod'

zod.config({ memoizer: { alloc: (_schema, _payload, empty) => empty, guard() {}, attach() {} } })

export * from 'zod'

/** Ends a transform: what it was given is not as it must be. `message` stands where a schema's own messages stand. */
export function problem(context: zod.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message })
  return zod.NEVER
}
