/** Decides what is retried, and after what time; connection.ts checks that the call has time left. */
import { parseRetryAfter } from '../resilience/retry-after.ts'
import type { Answer, AnswerHeaders } from './send.ts'

/**
 * Milliseconds before a retry; undefined: no retry. After a 429 nothing was done. A write may have been done before a
 * 503, so only reads are retried after it. Other errors are not retried.
 */
export function waitBeforeRetry(
  { status, headers, reads }: Answer,
  { tries, now }: { tries: number; now: number },
): number | undefined {
  const mayRetry = status === 429 || (status === 503 && reads)
  return mayRetry ? (retryAfterSeconds(headers, now) ?? 2 ** (tries - 1)) * 1000 : undefined
}

/**
 * Seconds; the longest wait counts. Cost Management sends several headers that end in `retry-after`, and Resource Graph
 * the time until its quota is full again (`00:00:05`). `now`: milliseconds since 1970.
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
