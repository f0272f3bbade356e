/** Single flight: those who ask for the same while it is under way share one run and its outcome, its failure too. */

/** Runs, or joins the run of the same key that has not ended yet. Nothing is kept of a run that has ended. */
export type SingleFlight<T> = (run: () => Promise<T>, key?: string) => Promise<T>

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
