/** Measures the growth of each process's memory after its warm-up. */
import type { Member } from './fleet.ts'

export type Memory = {
  /** Takes one sample of each process. */
  sample: (members: readonly Member[]) => Promise<void>
  /** Bytes per minute, for each process with samples over a long enough time. */
  growth: () => number[]
}

/** Milliseconds. */
const warmUp = 60_000
const longEnough = 45_000

export function memoryOf(): Memory {
  const samples = new Map<Member, { age: number; bytes: number }[]>()
  return {
    async sample(members) {
      for (const member of members) {
        const age = Date.now() - member.born
        if (age < warmUp || !member.takesCalls) continue
        const bytes = await member.app.memory().catch(() => undefined)
        if (bytes === undefined) continue
        samples.set(member, [...(samples.get(member) ?? []), { age, bytes }])
      }
    },
    growth: () =>
      [...samples.values()]
        .filter((taken) => (taken.at(-1)?.age ?? 0) - (taken[0]?.age ?? 0) >= longEnough)
        .map(slope),
  }
}

/** Slope of the least-squares line, per minute. */
function slope(taken: readonly { age: number; bytes: number }[]): number {
  const mean = (values: number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
  const meanAge = mean(taken.map(({ age }) => age))
  const meanBytes = mean(taken.map(({ bytes }) => bytes))
  const covariance = mean(taken.map(({ age, bytes }) => (age - meanAge) * (bytes - meanBytes)))
  const variance = mean(taken.map(({ age }) => (age - meanAge) ** 2))
  return (covariance / variance) * 60_000
}
