/** Bounds what one call asks at once. Cost Management's quotas are the whole tenant's. */

/** Results in the order of the items. The first failure is thrown, and nothing is started after it. */
export async function fourAtATime<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...items.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, item] = next
      results[index] = await run(item)
    }
  }
  const stop = (error: unknown) => {
    waiting.length = 0
    throw error
  }
  await Promise.all([1, 2, 3, 4].map(() => work().catch(stop)))
  return results
}
