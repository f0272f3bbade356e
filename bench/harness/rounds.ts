/** Measures subjects in turns, so that disturbances of the machine affect all of them; and statistics of the rounds. */

/** At least five, for a meaningful median. */
export const rounds = 7

/** Measures in the order A B C A B C … */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  measure: (item: Item) => Promise<Result>,
  times = rounds,
): Promise<Map<Item, Result[]>> {
  const results = new Map<Item, Result[]>(items.map((item) => [item, []]))
  for (let round = 0; round < times; round++) {
    for (const [item, taken] of results) taken.push(await measure(item))
  }
  return results
}

/** Turns per round. */
const shortTurns = 12

/**
 * CPU per call, by round. A round has many short turns, to detect differences of a tenth although the machine's speed
 * changes from second to second.
 */
export async function cpuInShortTurns<Item>(
  items: readonly Item[],
  measure: (item: Item) => Promise<{ calls: number; cpu: number }>,
): Promise<Map<Item, number[]>> {
  const cpu = new Map<Item, number[]>(items.map((item) => [item, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [item, turns] of await inTurns(items, measure, shortTurns)) {
      const used = turns.reduce((sum, { calls, cpu }) => sum + calls * cpu, 0)
      cpu.get(item)?.push(used / turns.reduce((sum, { calls }) => sum + calls, 0))
    }
  }
  return cpu
}

export type Spread = { median: number; lowest: number; highest: number }

/** Each value divided by that of the same round in `base`. */
export const ratios = (values: readonly number[], base: readonly number[]): Spread =>
  spread(values.map((value, round) => value / (base[round] ?? Number.NaN)))

/** NaN for no values. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  return {
    median: at(Math.floor(sorted.length / 2)),
    lowest: at(0),
    highest: at(sorted.length - 1),
  }
}

/** `1.18 (1.12–1.25)`: median, lowest and highest. */
export const said = ({ median, lowest, highest }: Spread, digits = 2) =>
  `${median.toFixed(digits)} (${lowest.toFixed(digits)}–${highest.toFixed(digits)})`
