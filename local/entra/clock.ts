/** The emulator's clock: real time, moved ahead by a script. Everything that expires here asks it. */

export type Clock = {
  /** Milliseconds since the epoch. */
  milliseconds(): number
  /** Seconds since the epoch, as JWTs count. */
  seconds(): number
  date(): Date
  advance(seconds: number): void
  reset(): void
}

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
