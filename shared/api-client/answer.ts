/** Reads a successful answer: its data by a schema, and the link to the next page. */
import { at } from '../json.ts'
import type * as z from '../zod.ts'
import type { Failures } from './failures.ts'
import type { Answer } from './send.ts'

/** @throws Failure `downstream_unexpected`, which says where the answer does not fit, and never a value */
export function contentOf<T>(schema: z.ZodType<T>, answer: Answer, failures: Failures): T {
  const { status, json, text, reads } = answer
  // Only 204 says that there is nothing to read: another empty answer may have been cut off.
  const isNothing = status === 204 || (text === '' && !reads)
  if (json === undefined && !isNothing) throw failures.unexpected(status, 'not JSON')
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`.trim())
  throw failures.unexpected(status, places.slice(0, 5).join(', ').slice(0, 500))
}

/**
 * The link to the next page; undefined after the last one. ARM and Graph have it at the top, Cost Management in
 * `properties`.
 * @throws Failure `downstream_unexpected` for a link that is not text
 */
export function nextLinkOf({ status, json }: Answer, failures: Failures): string | undefined {
  const link = [['nextLink'], ['@odata.nextLink'], ['properties', 'nextLink']]
    .map((keys) => at(json, ...keys))
    .find((it) => it !== undefined && it !== null && it !== '')
  if (link === undefined || typeof link === 'string') return link
  throw failures.unexpected(status, 'nextLink is not text')
}
