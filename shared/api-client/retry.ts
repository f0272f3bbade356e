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
 * Seconds. Cost Management has headers of its own, several at a time, all ending alike, and Resource Graph says when a
 * quota is whole again (`00:00:05`); the longest counts. `now`: milliseconds since 1970.
 *
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
 */
export function retryAfterSeconds(headers: AnswerHeaders, now: number): number | undefined {
  const asked = Object.entries(headers)
    .map(([name, value]) => {
      if (name.endsWith('retry-after')) return parseRetryAfter(String(value), now)
      return name === 'x-ms-user-quota-resets-after' ? secondsOf(String(value)) : undefined
    })
    .filter((seconds) => seconds !== undefined)
  return asked.length > 0 ? Math.max(...asked) : undefined
}

/** Of `hh:mm:ss`. */
function secondsOf(duration: string): number | undefined {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)$/.exec(duration) ?? []
  if (hours === undefined) return undefined
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}
