/**
 * Circuit breaker that counts callers, not tries: one caller's trouble reaches no other. When different callers in a
 * row meet an outage, and no one was answered meanwhile, everyone rests; then one attempt at a time finds out whether
 * the far side is back. Retries belong inside an attempt.
 */
import { LRUCache } from 'lru-cache'
import { upTo } from './lru.ts'

/** Runs the attempt for a caller, or throws `resting`'s error in its place. Give a symbol where each call counts as a caller. */
export type CircuitBreaker = <T>(caller: string | symbol, attempt: () => Promise<T>) => Promise<T>

/** `retryAfterSeconds`: what the far side asked for. */
export type Outage = { retryAfterSeconds?: number | undefined }

/** Milliseconds. */
const rest = 5_000
/** Nothing keeps everyone away for longer, whatever the far side asked. */
const longestRest = 60_000
/** A caller rests as long as it was told to, up to here. */
const longestRestOfOne = 10 * 60_000

export function circuitBreaker(options: {
  now: () => number
  /** How many different callers in a row meet an outage before everyone rests. */
  opensAfter: number
  /** None for an error that is an answer: the far side is there. */
  outageOf: (error: unknown) => Outage | undefined
  resting: (retryAfterSeconds: number) => Error
  /** Milliseconds: what comes later is no sign that the far side is well. */
  answersWithin?: number
}): CircuitBreaker {
  const { now, opensAfter, outageOf, resting, answersWithin = Number.POSITIVE_INFINITY } = options
  const restsUntil = new LRUCache<string | symbol, number>(upTo(10_000))
  const failedInARow = new Set<string | symbol>()
  /** 0: closed. In the past: whoever comes next probes. */
  let openUntil = 0
  let isProbing = false
  /** So many, of anyone. */
  let answers = 0

  const noteOutage = (
    caller: string | symbol,
    outage: Outage,
    { isProbe, othersWereAnswered }: { isProbe: boolean; othersWereAnswered: boolean },
  ) => {
    const asked = outage.retryAfterSeconds
    if (asked !== undefined) {
      restsUntil.set(caller, now() + Math.min(asked * 1000, longestRestOfOne))
    }
    if (!isProbe) {
      // What began before it opened tells nothing new; and who met an outage while others were answered met their own.
      if (openUntil > 0 || othersWereAnswered) return
      failedInARow.add(caller)
      if (failedInARow.size < opensAfter) return
    }
    openUntil = now() + Math.min(asked === undefined ? rest : asked * 1000, longestRest)
    // The next probe is someone else's: a caller that always fails must not take them all.
    if (isProbe && asked === undefined) restsUntil.set(caller, openUntil + rest)
  }

  const noteAnswer = (isProbe: boolean) => {
    if (openUntil > 0 && !isProbe) return
    answers += 1
    failedInARow.clear()
    openUntil = 0
  }

  return async (caller, attempt) => {
    const begun = now()
    const wait = Math.max(openUntil, restsUntil.get(caller) ?? 0) - begun
    const isProbe = openUntil > 0
    if (wait > 0 || (isProbe && isProbing)) throw resting(Math.max(1, Math.ceil(wait / 1000)))
    if (isProbe) isProbing = true
    const answersBefore = answers
    try {
      const result = await attempt()
      if (now() - begun <= answersWithin) noteAnswer(isProbe)
      return result
    } catch (error) {
      const outage = outageOf(error)
      const othersWereAnswered = answers > answersBefore
      if (outage) noteOutage(caller, outage, { isProbe, othersWereAnswered })
      else noteAnswer(isProbe)
      throw error
    } finally {
      if (isProbe) isProbing = false
    }
  }
}
