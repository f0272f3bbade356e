/** Single flight: concurrent calls with the same key share one run and its outcome, including a failure. */

/** Runs the task, or joins a run with the same key that has not ended yet. Nothing is kept after a run ends. */
export type SingleFlight<T> = (run: () => Promise<T>, key?: string) => Promise<T>

/** Without keys, all calls share one run. */
export function singleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>()
  return (run, key = '') => {
    const running = flights.get(key)
    if (running) return running
    const flight = run().finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }
}
