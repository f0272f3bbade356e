/** How types/resources.json is written: resource types by name, and the types that they are made of, by number. */
import * as z from 'zod'

/** A number stands for an entry of `types`. */
export type Reference =
  | 'any'
  | 'string'
  | 'int'
  | 'bool'
  | 'null'
  | number
  | { oneOf: string[]; open?: true | undefined }
  | { list: Reference }

const reference: z.ZodType<Reference> = z.lazy(() =>
  z.union([
    z.enum(['any', 'string', 'int', 'bool', 'null']),
    z.int(),
    z.strictObject({ oneOf: z.array(z.string()), open: z.literal(true).optional() }),
    z.strictObject({ list: reference }),
  ]),
)
const flag = z.enum(['required', 'read-only'])
/** A property is its type, or that and what else is true of it. */
const property = z.union([reference, z.tuple([reference], flag)])
const entry = z.union([
  z.strictObject({ has: z.record(z.string(), property), rest: reference.optional() }),
  z.strictObject({ by: z.string(), variants: z.record(z.string(), reference) }),
])
export type Entry = z.infer<typeof entry>
export type Property = z.infer<typeof property>

export const extractSchema = z.strictObject({
  resources: z.record(z.string(), reference),
  types: z.array(entry),
})
