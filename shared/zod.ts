/**
 * Configures zod. Always import zod from here, so that no schema is created before. Parsed values come from JSON, which
 * has no cycles, so zod's cycle detection is off: it costs two weak maps per parse.
 */
import * as zod from 'zod'

zod.config({ memoizer: { alloc: (_schema, _payload, empty) => empty, guard() {}, attach() {} } })

export * from 'zod'
