/**
 * Slows requests down before the API has to refuse them. Cost Management tells with each answer what remains of
 * quotas that the whole tenant shares; with few units left, requests start no faster than units come back. Only
 * requests that name a `ClientType`, and so a quota, are paced, by that name.
 */
import type { AnswerHeaders } from './retry.ts'

export type Pace = {
  /** Milliseconds until the next request of this kind may start; takes that turn. */
  turn: (clientType: string | undefined) => number
  learn: (clientType: string | undefined, headers: AnswerHeaders) => void
}

/** So many requests may be under way when an answer tells what remains. */
const reserve = 4

export function pace({ now }: { now: () => number }): Pace {
  const kinds = new Map<string, { gap: number; next: number }>()
  return {
    turn(clientType) {
      const kind = clientType === undefined ? undefined : kinds.get(clientType)
      if (!kind) return 0
      const start = Math.max(now(), kind.next)
      kind.next = start + kind.gap
      return start - now()
    },
    learn(clientType, headers) {
      if (clientType === undefined) return
      const gap = gapOf(headers)
      const next = Math.max(kinds.get(clientType)?.next ?? 0, now() + gap)
      if (gap === 0) kinds.delete(clientType)
      else kinds.set(clientType, { gap, next })
    },
  }
}

/**
 * Not what remains of a scope (`…-entity-requests`): that is not everybody's. As seen, and as
 * https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation names them.
 */
const shared = /^x-ms-ratelimit-.*(qpu-remaining|(clienttype|tenant)-requests)$/

/** Milliseconds: the time in which the scarcest quota gets a unit back; 0 while all have enough. */
function gapOf(headers: AnswerHeaders): number {
  const scarce = Object.entries(headers)
    .filter(([name]) => shared.test(name))
    .flatMap(([, value]) => String(value).split(/[,;]/))
    .map((quota) => /^\s*([\w ]*?):?\s*(\d+)\s*$/.exec(quota))
    .filter((found) => found !== null && Number(found[2]) <= reserve)
    .map((found) => unitTime(found?.[1] ?? ''))
  return Math.max(0, ...scarce)
}

/** 12 units in 10 s, 60 in a minute, 600 in an hour. Seen: `QueriesPerHour:577,QueriesPerMin:59`, `DefaultQuota:0`. */
function unitTime(quota: string): number {
  if (/hour/i.test(quota)) return 6_000
  return /10 ?s/i.test(quota) ? 850 : 1_000
}
