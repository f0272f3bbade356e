/** The emulator's clock: real time plus an offset that a script sets. Every expiry uses it. */

export type Clock = {
  /** Milliseconds since the epoch. */
  milliseconds(): number
  /** Seconds since the epoch, as JWTs count. */
  seconds(): number
  date(): Date
  advance(seconds: number): void
  reset(): void
}

/** ISO 8601 of seconds since the epoch, for the sentences of refusals; `never` for a time that a token lacks. */
export const isoTime = (seconds: number | undefined): string =>
  seconds === undefined ? 'never' : new Date(seconds * 1000).toISOString()

/** Starts at real time. */
export function createClock(): Clock {
  let ahead = 0
  const milliseconds = () => Date.now() + ahead
  return {
    milliseconds,
    seconds: () => Math.floor(milliseconds() / 1000),
    date: () => new Date(milliseconds()),
    advance(seconds) {
      ahead += seconds * 1000
    },
    reset() {
      ahead = 0
    },
  }
}
