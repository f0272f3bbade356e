/** One limit for everything an exchange over HTTP takes: connecting, waiting and reading. */

/**
 * Runs with a signal that aborts after the given milliseconds, with a `TimeoutError` as its reason. What runs has to
 * heed the signal. Unlike `AbortSignal.timeout` it leaves no timer behind.
 */
export async function withTimeLimit<T>(
  milliseconds: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => {
    giveUp.abort(new DOMException(`no answer within ${milliseconds} ms`, 'TimeoutError'))
  }, milliseconds)
  try {
    return await run(giveUp.signal)
  } finally {
    clearTimeout(timer)
  }
}
