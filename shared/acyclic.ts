/**
 * What zod parses here was JSON, which cannot contain itself: so it need not remember what it has met, in two weak maps
 * a parse, which garbage collection pays for. Holds for schemas made later: to be imported before any other.
 */
import * as z from 'zod'

z.config({ memoizer: { alloc: (_schema, _payload, empty) => empty, guard() {}, attach() {} } })
