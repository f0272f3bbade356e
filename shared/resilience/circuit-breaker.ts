/**
 * Circuit breaker that counts callers, not attempts, so that one caller's failures do not affect others. It opens when
 * several different callers in a row meet an outage and no caller got an answer in between; then one attempt at a time
 * probes whether the service is back. Retries belong inside an attempt.
 */
import { LRUCache } from 'lru-cache'
import { upTo } from './lru.ts'

/**
 * Runs the attempt for a caller, or throws the error of `resting` instead. Pass a new symbol if each call counts as a
 * caller of its own.
 */
export type CircuitBreaker = <T>(caller: string | symbol, attempt: () => Promise<T>) => Promise<T>

/** `retryAfterSeconds`: as the service requested. */
export type Outage = { retryAfterSeconds?: number | undefined }

/** Milliseconds. */
const rest = 5_000
/** The longest time that the breaker stays open for all callers, whatever the service requested. */
const longestRest = 60_000
/** The longest time that one caller waits, whatever the service requested. */
const longestRestOfOne = 10 * 60_000

/** One breaker per service. `now`: milliseconds since 1970. */
export function circuitBreaker(options: {
  now: () => number
  /** How many different callers in a row must meet an outage to open the breaker for all. */
  opensAfter: number
  /** Undefined for an error that is an answer: the service is available. */
  outageOf: (error: unknown) => Outage | undefined
  resting: (retryAfterSeconds: number) => Error
  /** Milliseconds: a slower answer does not count as a sign of health. */
  answersWithin?: number
}): CircuitBreaker {
  const { now, opensAfter, outageOf, resting, answersWithin = Number.POSITIVE_INFINITY } = options
  const restsUntil = new LRUCache<string | symbol, number>(upTo(10_000))
  const failedInARow = new Set<string | symbol>()
  /** 0: closed. In the past: the next caller probes. */
  let openUntil = 0
  let isProbing = false
  /** Number of answers so far, to any caller. */
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
      // An attempt from before the breaker opened says nothing new. An outage that one caller met while others got
      // answers concerns that caller only.
      if (openUntil > 0 || othersWereAnswered) return
      failedInARow.add(caller)
      if (failedInARow.size < opensAfter) return
    }
    openUntil = now() + Math.min(asked === undefined ? rest : asked * 1000, longestRest)
    // Another caller makes the next probe, so that a caller that always fails does not use them all.
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
