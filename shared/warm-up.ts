/**
 * Loads what a start left out, once, shortly after the first answer: the next caller may need it. A failure is left to
 * the first use, which loads again and has a caller to tell.
 */

/** Milliseconds: the first answers are on their way by then. */
const delay = 1_000

/** Call the returned function after each answer. It never throws, and does not keep the process alive. */
export function warmUp(
  load: () => Promise<unknown>,
  { later = inASecond }: { later?: (run: () => Promise<unknown>) => void } = {},
): () => void {
  let isDue = true
  return () => {
    if (!isDue) return
    isDue = false
    later(() => load().catch(() => undefined))
  }
}

const inASecond = (run: () => Promise<unknown>) => {
  setTimeout(run, delay).unref()
}
