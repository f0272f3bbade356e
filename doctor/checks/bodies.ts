/** Whether bodies up to the limit reach the app, and larger ones get its own 413. */
import type { Check, Finding } from '../check.ts'

/** Bytes: an endpoint's documented limit. */
const limit = 1024 * 1024

export const bodyCheck: Check = {
  name: 'body_limit',
  title: 'Size of requests',
  async look({ origin, endpoints, fetch }) {
    const [endpoint] = endpoints
    if (!endpoint) return []
    const statusOf = async (bytes: number) => {
      const response = await fetch(`${origin}/mcp/${endpoint.name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify('x'.repeat(bytes - 2)),
        redirect: 'manual',
        signal: AbortSignal.timeout(60_000),
      })
      await response.body?.cancel()
      return response.status
    }
    const [fits, exceeds] = await Promise.all([statusOf(limit), statusOf(limit + 1)])
    // 401 comes after the size check, since the requests have no token.
    return [
      ...(fits === 401 ? [] : [tooSmall(fits)]),
      ...(exceeds === 413 ? [] : [tooLarge(exceeds)]),
    ]
  },
}

const tooSmall = (status: number): Finding => ({
  seen: `A body of ${limit} bytes was answered with ${status}`,
  expected: 'It reaches the app, which answers 401, since the request has no token',
  who: 'operator',
  how: 'Raise the gateway’s limit to 2 MiB (nginx: client_max_body_size 2m), and FUNCTIONS_REQUEST_BODY_SIZE_LIMIT to 2097152',
})

const tooLarge = (status: number): Finding => ({
  seen: `A body of ${limit + 1} bytes was answered with ${status}`,
  expected: '413, the app’s own answer',
  who: 'operator',
  how: 'Set FUNCTIONS_REQUEST_BODY_SIZE_LIMIT to 2097152 and the gateway’s limit to 2 MiB, so that the app itself refuses bodies larger than 1 MiB',
})
