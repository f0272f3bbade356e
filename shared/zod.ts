/**
 * zod, set up: import it from here, so that no schema is made before. What is parsed was JSON, which cannot contain
 * itself, so zod need not remember what it has met: two weak maps for each parse, which garbage collection pays for.
 */
import * as zod from 'zod'

zod.config({ memoizer: { alloc: (_schema, _payload, empty) => empty, guard() {}, attach() {} } })

export * from 'zod'
