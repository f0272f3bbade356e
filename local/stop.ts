/** Ends programs that serve until they are stopped. */

/** On Ctrl-C, SIGTERM and SIGHUP: closes and exits with 0; exits with 1 on a second signal, or after 5 s. */
export function closeOnSignal(close: () => Promise<void>): void {
  let told: number | undefined
  const stop = async () => {
    // npm forwards Ctrl-C, which the terminal has sent already: within 300 ms it is the same one.
    if (told !== undefined) return Date.now() - told > 300 && process.exit(1)
    told = Date.now()
    setTimeout(() => process.exit(1), 5_000).unref()
    await close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (process.env.npm_lifecycle_event) onParentGone(stop)
}

/** npm forwards SIGTERM only to its shell, which exits without forwarding it. */
function onParentGone(stop: () => void): void {
  const { ppid } = process
  const watch = setInterval(() => {
    if (process.ppid === ppid) return
    clearInterval(watch)
    stop()
  }, 500)
  watch.unref()
}

/** Runs `start`; on failure prints the error and exits with 1. Of a SettingsError only the message. */
export async function orExplain(start: () => Promise<void>): Promise<void> {
  try {
    await start()
  } catch (error) {
    const isMistake = error instanceof Error && error.name === 'SettingsError'
    console.error(isMistake ? error.message : error)
    // Node runs TypeScript without checking its types: a tool without `access` gets this far.
    // A TypeError with a cause is of fetch.
    const isUnchecked = error instanceof TypeError && error.cause === undefined
    if (isUnchecked) console.error('If you changed the code: npx tsc shows where.')
    process.exit(1)
  }
}
