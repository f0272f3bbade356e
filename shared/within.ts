/** One limit for all that an exchange over HTTP takes: connecting, waiting and reading. */

/** A timer that is cleared: `AbortSignal.timeout` would leave one behind for each call. */
export async function within<T>(
  milliseconds: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), milliseconds)
  try {
    return await run(giveUp.signal)
  } finally {
    clearTimeout(timer)
  }
}
