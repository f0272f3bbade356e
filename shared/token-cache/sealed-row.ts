/**
 * Seals the content of a table row, bound to the row's keys and expiry. A row that was edited, moved, or sealed with an
 * unknown key does not open.
 */
import type { Seal } from '../encryption-keys.ts'
import { parseJson } from '../json.ts'
import type * as z from '../zod.ts'

/** Of a row in the table. */
export type Place = { partitionKey: string; rowKey: string }

/** The content of a row. `expiresAt`: in clear text, for the sweep and for people. */
export type SealedRow = { sealed: string; expiresAt: Date }

/** Seals the content with the newest key. */
export const closeRow = (
  { close }: Pick<Seal, 'close'>,
  place: Place,
  { content, expiresAt }: { content: unknown; expiresAt: Date },
): SealedRow => ({ sealed: close(JSON.stringify(content), contextOf(place, expiresAt)), expiresAt })

/** @throws Error whose message contains nothing of the content */
export const openRow = <Schema extends z.ZodType>(
  { open }: Seal,
  place: Place,
  { schema, row: { sealed, expiresAt } }: { schema: Schema; row: SealedRow },
): z.output<Schema> => schema.parse(parseJson(open(sealed, contextOf(place, expiresAt))))

const contextOf = ({ partitionKey, rowKey }: Place, expiresAt: Date) => [
  partitionKey,
  rowKey,
  expiresAt.toJSON(),
]
