/**
 * Slows requests down before the API has to refuse them. Cost Management tells with each answer what remains of
 * quotas that the whole tenant shares: with few units left, requests start one after the other, no faster than units
 * come back; with none, they wait. Only requests that name a `ClientType`, and so a quota, are paced, by that name.
 */
import { setTimeout } from 'node:timers/promises'
import { retryAfterSeconds } from './retry.ts'
import type { AnswerHeaders } from './send.ts'

export type Pace = {
  /**
   * Waits for the turn of a request, which it takes. Where that comes after `deadline`, nothing is taken and the
   * milliseconds until then are returned.
   */
  turn: (clientType: string | undefined, deadline: number) => Promise<number | undefined>
  learn: (clientType: string | undefined, headers: AnswerHeaders) => void
}

/** Units for requests that are under way while an answer tells what remains. */
const reserve = 4
/** Milliseconds without units, at most: then the API itself says how long. */
const longestHold = 10_000

export function pace(options: {
  now: () => number
  pause?: (milliseconds: number) => Promise<unknown>
}): Pace {
  const { now, pause = setTimeout } = options
  /** `next`: milliseconds since 1970. Only what is scarce stands here. */
  const scarce = new Map<string, { gap: number; next: number }>()
  return {
    async turn(clientType, deadline) {
      for (;;) {
        const kind = clientType === undefined ? undefined : scarce.get(clientType)
        if (!kind) return undefined
        const wait = kind.next - now()
        if (wait <= 0) {
          kind.next = now() + kind.gap
          return undefined
        }
        if (kind.next >= deadline) return wait
        // Others may come first, or an answer may tell of new units meanwhile.
        await pause(wait)
      }
    },
    learn(clientType, headers) {
      if (clientType === undefined) return
      const quotas = quotasOf(headers)
      const gap = Math.max(0, ...quotas.filter(({ left }) => left <= reserve).map(unitTime))
      if (gap === 0) {
        scarce.delete(clientType)
        return
      }
      const asked = (retryAfterSeconds(headers, now()) ?? Number.POSITIVE_INFINITY) * 1000
      const hold = quotas.some(({ left }) => left === 0) ? Math.min(asked, longestHold) : gap
      const next = Math.max(scarce.get(clientType)?.next ?? 0, now() + hold)
      scarce.set(clientType, { gap, next })
    },
  }
}

type Quota = { name: string; left: number }

/**
 * As https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation names it, and as seen beside
 * it. Not what remains of one scope (`…-entity-requests`), which others do not share.
 */
const shared = /^x-ms-ratelimit-.*(qpu-remaining|(clienttype|tenant)-requests)$/

/** Seen: `QueriesPerHour:577,QueriesPerMin:59`, `DefaultQuota:0`, `11`. */
const quotasOf = (headers: AnswerHeaders): Quota[] =>
  Object.entries(headers)
    .filter(([name]) => shared.test(name))
    .flatMap(([, value]) => String(value).split(/[,;]/))
    .flatMap((text) => {
      const [, name = '', left] = /^\s*(?:([\w ]+):)?\s*(\d+)\s*$/.exec(text) ?? []
      return left === undefined ? [] : [{ name, left: Number(left) }]
    })

/** Milliseconds in which a quota gets one unit back: of 12 in 10 s, 60 in a minute, 600 in an hour. */
function unitTime({ name }: Quota): number {
  if (/hour/i.test(name)) return 6_000
  return /10 ?s/i.test(name) ? 850 : 1_000
}
