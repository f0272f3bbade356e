/** What may be sent again, and when. What the API has asked for is honoured; whether time is left is the client's to say. */
import { parseRetryAfter } from '../resilience/retry-after.ts'
import type { Answer, AnswerHeaders } from './send.ts'

/**
 * Milliseconds, or undefined for an answer that ends the request. 429: refused before anything was done. 503 may come
 * after a write was done, as may any other 5xx, a reset or silence, so those end a request that writes; the last
 * three end one that reads too.
 */
export function waitBeforeRetry(
  { status, headers, reads }: Answer,
  { tries, now }: { tries: number; now: number },
): number | undefined {
  const mayRetry = status === 429 || (status === 503 && reads)
  return mayRetry ? (retryAfterSeconds(headers, now) ?? 2 ** (tries - 1)) * 1000 : undefined
}

/**
 * Seconds. Cost Management has headers of its own, several at a time, all ending alike; the longest counts. `now`:
 * milliseconds since 1970.
 */
export function retryAfterSeconds(headers: AnswerHeaders, now: number): number | undefined {
  const asked = Object.entries(headers)
    .filter(([name]) => name.endsWith('retry-after'))
    .map(([, value]) => parseRetryAfter(String(value), now))
    .filter((seconds) => seconds !== undefined)
  return asked.length > 0 ? Math.max(...asked) : undefined
}
