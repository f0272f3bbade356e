/** The end of a program that serves until it is told to stop. */

/** Closes on Ctrl-C, SIGTERM and SIGHUP, and exits with 0; with 1 at once when told again, or after 5 s. */
export function closeOnSignal(close: () => Promise<void>): void {
  let told: number | undefined
  const stop = async () => {
    // npm passes Ctrl-C on to a program that the terminal has told already: no second wish.
    if (told !== undefined) return Date.now() - told > 300 && process.exit(1)
    told = Date.now()
    setTimeout(() => process.exit(1), 5_000).unref()
    await close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (process.env.npm_lifecycle_event) onParentGone(stop)
}

/** npm passes SIGTERM on to its shell alone, which dies of it without passing it on. */
function onParentGone(stop: () => void): void {
  const { ppid } = process
  const watch = setInterval(() => {
    if (process.ppid === ppid) return
    clearInterval(watch)
    stop()
  }, 500)
  watch.unref()
}

/** Runs `start`; when it fails, says why and exits with 1. A person's mistake is one sentence. */
export async function orExplain(start: () => Promise<void>): Promise<void> {
  try {
    await start()
  } catch (error) {
    const isMistake = error instanceof Error && error.name === 'SettingsError'
    console.error(isMistake ? error.message : error)
    process.exit(1)
  }
}
