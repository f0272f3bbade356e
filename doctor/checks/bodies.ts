/** That bodies of the promised size reach the app, and larger ones get its own answer. */
import type { Check, Finding } from '../check.ts'

/** Bytes, as in docs and answers: what an endpoint takes. */
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
    // Without a token: what is judged next answers 401.
    return [
      ...(fits === 401 ? [] : [tooSmall(fits)]),
      ...(exceeds === 413 ? [] : [tooLarge(exceeds)]),
    ]
  },
}

const tooSmall = (status: number): Finding => ({
  seen: `A body of ${limit} bytes was answered with ${status}`,
  expected: 'It reaches the app, which asks for a token (401)',
  who: 'operator',
  how: 'Raise the limit of the gateway in front to 2 MiB (nginx: client_max_body_size 2m), and FUNCTIONS_REQUEST_BODY_SIZE_LIMIT to 2097152',
})

const tooLarge = (status: number): Finding => ({
  seen: `A body of ${limit + 1} bytes was answered with ${status}`,
  expected: '413, the app’s own answer',
  who: 'operator',
  how: 'Set FUNCTIONS_REQUEST_BODY_SIZE_LIMIT to 2097152, and let the gateway in front take 2 MiB: the app itself refuses what is larger than 1 MiB',
})
