/** What is made of an answer that the API meant well: data that fits a schema, the link to the next page. */
import { at } from '../json.ts'
import type * as z from '../zod.ts'
import type { Failures } from './failures.ts'
import type { Answer } from './send.ts'

/** Logs where an answer did not fit, never what stood there. */
export function contentOf<T>(schema: z.ZodType<T>, answer: Answer, failures: Failures): T {
  const { status, json, text, reads } = answer
  // Of what reads only 204 says that there is nothing: another empty answer may be a cut-off one.
  const isNothing = status === 204 || (text === '' && !reads)
  if (json === undefined && !isNothing) throw failures.unexpected(status, 'not JSON')
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`.trim())
  throw failures.unexpected(status, places.slice(0, 5).join(', ').slice(0, 500))
}

/** None after the last page. ARM and Graph have it at the top, Cost Management in `properties`. */
export function nextLinkOf({ status, json }: Answer, failures: Failures): string | undefined {
  const link = [['nextLink'], ['@odata.nextLink'], ['properties', 'nextLink']]
    .map((keys) => at(json, ...keys))
    .find((it) => it !== undefined && it !== null && it !== '')
  if (link === undefined || typeof link === 'string') return link
  throw failures.unexpected(status, 'nextLink is not text')
}
