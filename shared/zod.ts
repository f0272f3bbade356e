/**
 * Configures zod. Always import zod from here, so that no schema is created before. Parsed values come from JSON, which
 * has no cycles, so zod's cycle detection is off: it costs two weak maps per parse.
 */
import * as zod from 'zod'

zod.config({ memoizer: { alloc: (_schema, _payload, empty) => empty, guard() {}, attach() {} } })

export * from 'zod'

/** Ends a transform of invalid input. `message` becomes an issue like those of a schema. */
export function problem(context: zod.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message })
  return zod.NEVER
}
