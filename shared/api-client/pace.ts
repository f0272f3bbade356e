/**
 * Slows requests down before the API refuses them. Each answer of Cost Management says how much is left of quotas that
 * the tenant shares. With few units left, requests start one after another, as fast as units come back; with none, they
 * wait. Applies only to requests with a `ClientType`, which names their quota.
 */
import { setTimeout } from 'node:timers/promises'
import { retryAfterSeconds } from './retry.ts'
import type { AnswerHeaders } from './send.ts'

export type Pace = {
  /**
   * Waits until a request may start, and takes its unit. If that would be after `deadline`, takes nothing and returns
   * the milliseconds until then.
   */
  turn: (clientType: string | undefined, deadline: number) => Promise<number | undefined>
  learn: (clientType: string | undefined, headers: AnswerHeaders) => void
}

/** Units kept for requests in progress, which the last answer did not count. */
const reserve = 4
/** The longest wait without units, in milliseconds. After that, the API itself says how long to wait. */
const longestHold = 10_000

export function pace(options: {
  now: () => number
  pause?: (milliseconds: number) => Promise<unknown>
}): Pace {
  const { now, pause = setTimeout } = options
  /** The quotas with few units left. `next`: when a request may start, milliseconds since 1970. */
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
        // Meanwhile, others may have started or an answer may have reported new units.
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
 * The headers of https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation, and others that
 * were seen. Without the quota of one scope (`…-entity-requests`), which is not shared.
 */
const shared = /^x-ms-ratelimit-.*(qpu-remaining|(clienttype|tenant)-requests)$/

/** Values that were seen: `QueriesPerHour:577,QueriesPerMin:59`, `DefaultQuota:0`, `11`. */
const quotasOf = (headers: AnswerHeaders): Quota[] =>
  Object.entries(headers)
    .filter(([name]) => shared.test(name))
    .flatMap(([, value]) => String(value).split(/[,;]/))
    .flatMap((text) => {
      const [, name = '', left] = /^\s*(?:([\w ]+):)?\s*(\d+)\s*$/.exec(text) ?? []
      return left === undefined ? [] : [{ name, left: Number(left) }]
    })

/** Milliseconds until a quota gets one unit back: 12 in 10 s, 60 in a minute, 600 in an hour. */
function unitTime({ name }: Quota): number {
  if (/hour/i.test(name)) return 6_000
  return /10 ?s/i.test(name) ? 850 : 1_000
}
