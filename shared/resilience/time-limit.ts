/** One time limit for a whole HTTP exchange: connecting, waiting and reading. */

/**
 * Runs a task with a signal that aborts after the given milliseconds, with a `TimeoutError` as its reason. The task
 * must observe the signal. Unlike `AbortSignal.timeout`, this leaves no timer behind.
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
