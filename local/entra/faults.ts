/**
 * Failures on demand: refusals with Retry-After, HTML instead of JSON, broken connections, delays. A fault answers
 * before the endpoint, which then never sees the request.
 */
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { Refusal } from './errors.ts'
import { refusalResponse, type Trace } from './refusal-body.ts'

const places = [
  'token',
  'on_behalf_of',
  'keys',
  'discovery',
  'authorize',
  'admin_consent',
  'managed_identity',
] as const
export type Place = (typeof places)[number]

const common = {
  on: z.enum(places),
  /** How many requests it affects; until cleared, unless given. */
  times: z.int().positive().exactOptional(),
  /** The share of requests it affects: 0.25 is every fourth. */
  ratio: z.number().gt(0).max(1).exactOptional(),
}
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('status'),
    status: z.int().min(400).max(599).default(503),
    /** Seconds. */
    retryAfter: z.int().nonnegative().exactOptional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('html'),
    status: z.int().min(200).max(599).default(502),
  }),
  /** Any refusal of the token endpoint, including those that the emulator cannot produce otherwise. */
  z.strictObject({
    ...common,
    kind: z.literal('refusal'),
    error: z.string(),
    /** The AADSTS number. */
    code: z.int().positive(),
    suberror: z.string().exactOptional(),
    /** JSON, as a string. */
    claims: z.string().exactOptional(),
  }),
  z.strictObject({ ...common, kind: z.literal('reset') }),
  z.strictObject({ ...common, kind: z.literal('latency'), milliseconds: z.int().positive() }),
])
export type Fault = z.input<typeof faultSchema>
type ParsedFault = z.output<typeof faultSchema>

export type Faults = {
  add(fault: Fault): void
  clear(): void
  active(): Fault[]
  /** The faults that affect this request. Each call counts as one request. */
  due(place: Place): Iterable<ParsedFault>
}

/** Faults apply in the order in which they were added. */
export function createFaults(): Faults {
  let active: { fault: ParsedFault; seen: number; struck: number }[] = []
  return {
    add(fault) {
      active.push({ fault: faultSchema.parse(fault), seen: 0, struck: 0 })
    },
    clear() {
      active = []
    },
    active: () => active.map(({ fault }) => fault),
    *due(place) {
      for (const entry of active.filter(({ fault }) => fault.on === place)) {
        const { times = Number.POSITIVE_INFINITY, ratio = 1 } = entry.fault
        entry.seen += 1
        const strikes = Math.floor(entry.seen * ratio) > Math.floor((entry.seen - 1) * ratio)
        if (!strikes || entry.struck >= times) continue
        entry.struck += 1
        if (entry.struck === times) active = active.filter((each) => each !== entry)
        yield entry.fault
      }
    },
  }
}

/** The answer to give instead of the endpoint's: undefined after a mere delay, 'reset' to break the connection. */
export async function strike(
  fault: ParsedFault,
  at: Trace,
): Promise<Response | 'reset' | undefined> {
  switch (fault.kind) {
    case 'latency':
      return delay(fault.milliseconds, undefined, { ref: false })
    case 'reset':
      return 'reset'
    case 'html':
      return new Response(
        '<html><body><h1>Our services aren’t available right now</h1></body></html>',
        {
          status: fault.status,
          headers: { 'content-type': 'text/html; charset=utf-8' },
        },
      )
    case 'refusal': {
      const { error, code, suberror, claims } = fault
      const message = `AADSTS${code}: Refused by order.`
      return refusalResponse({ message, error, code, suberror, claims }, at)
    }
    case 'status': {
      const { status, retryAfter } = fault
      return refusalResponse(new Refusal(status === 429 ? 90055 : 90033), at, {
        status,
        headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
      })
    }
  }
}
