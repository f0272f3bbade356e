/**
 * Failures on demand: the next N requests of one operation get the answers of an Azure that throttles, fails or wants
 * another token. They apply after the token check, so that the log has the user.
 */
import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { claimsChallenge, Refusal, rbacAccessDenied } from './errors.ts'
import type { Visit } from './visit.ts'

export type FaultPoint = z.infer<typeof faultPoint>
type Fault = z.infer<typeof faultSchema>
export type FaultOrder = z.input<typeof faultSchema>

const faultPoint = z.enum([
  'subscriptions',
  'query',
  'forecast',
  'budgets',
  'report',
  'operation',
  'me',
  'users',
  'groups',
  'resources',
  'servicePrincipals',
  'applications',
  'authenticationContexts',
  'grants',
])

/** Cost Management's quotas, each with its own header: `client` is documented, `clienttype` was reported by users. */
const quota = z.enum(['qpu', 'entity', 'tenant', 'client', 'clienttype'])

const common = { at: faultPoint, times: z.int().min(1).default(1) }

export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    /** The `Retry-After` header; independent of the quotas' headers. */
    retryAfterSeconds: z.int().optional(),
    /** Seconds by quota, each sent as `x-ms-ratelimit-microsoft.costmanagement-<quota>-retry-after`. */
    quotaRetryAfterSeconds: z.partialRecord(quota, z.int()).default({}),
    /** A gateway's HTML page instead of the service's JSON. */
    html: z.boolean().default(false),
    /** The service's error code ("Troubleshoot common Cost Management errors"). */
    code: z.string().optional(),
    message: z.string().optional(),
  }),
  /** A literal answer, for documented or reported answers that no other kind covers. */
  z.strictObject({
    ...common,
    kind: z.literal('answer'),
    status: z.int().min(200).max(599),
    headers: z.record(z.string(), z.string()).default({}),
    /** JSON; unless given, the answer has no content. */
    body: z.unknown().optional(),
  }),
  /** Treats the token as revoked. */
  z.strictObject({ ...common, kind: z.literal('claims-challenge'), claims: z.string() }),
  z.strictObject({ ...common, kind: z.literal('access-denied') }),
  z.strictObject({ ...common, kind: z.literal('reset') }),
  /** Delays the usual answer. */
  z.strictObject({ ...common, kind: z.literal('latency'), milliseconds: z.int().min(0) }),
])

export type Faults = ReturnType<typeof createFaults>

/** Faults for the same operation apply one after the other. */
export function createFaults() {
  const ordered: Fault[] = []
  return {
    order(order: FaultOrder) {
      ordered.push(faultSchema.parse(order))
    },
    clear() {
      ordered.length = 0
    },
    /** @returns the fault's answer, or undefined to continue. @throws Refusal */
    async strike(at: FaultPoint, visit: Visit): Promise<Response | undefined> {
      const fault = ordered.find((each) => each.at === at)
      if (fault === undefined) return undefined
      fault.times -= 1
      if (fault.times === 0) ordered.splice(ordered.indexOf(fault), 1)
      return answer(fault, visit)
    },
  }
}

async function answer(fault: Fault, visit: Visit): Promise<Response | undefined> {
  switch (fault.kind) {
    case 'status':
      return failedWith(fault)
    case 'answer':
      return answerOf(fault)
    case 'claims-challenge':
      throw claimsChallenge(fault.claims)
    case 'access-denied':
      throw rbacAccessDenied(visit.requestId)
    case 'reset':
      return visit.cut()
    case 'latency':
      await setTimeout(fault.milliseconds, undefined, { ref: false })
      return undefined
  }
}

function failedWith(fault: Extract<Fault, { kind: 'status' }>): Response {
  const { at, status, retryAfterSeconds, quotaRetryAfterSeconds, html } = fault
  const headers = Object.fromEntries(
    Object.entries(quotaRetryAfterSeconds).map(([name, seconds]) => [
      `x-ms-ratelimit-microsoft.costmanagement-${name}-retry-after`,
      `${seconds}`,
    ]),
  )
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = `${retryAfterSeconds}`
  if (html) {
    headers['Content-Type'] = 'text/html'
    return new Response(`<html><body><h1>${status}</h1></body></html>`, { status, headers })
  }
  const usual =
    (status === 429 && throttled[at]) ||
    (bodies[status] ?? { code: `${status}`, message: 'The request failed.' })
  const { code = usual.code, message = usual.message } = fault
  throw new Refusal({ status, code, message, headers })
}

const answerOf = ({ status, headers, body }: Extract<Fault, { kind: 'answer' }>) =>
  body === undefined
    ? new Response(null, { status, headers })
    : Response.json(body, { status, headers })

const bodies: Record<number, { code: string; message: string }> = {
  429: { code: '429', message: 'Too many requests. Please retry.' },
  500: { code: 'InternalServerError', message: 'Encountered internal server error.' },
  503: { code: 'ServiceUnavailable', message: 'The service is unavailable. Please retry.' },
}

/** Microsoft Graph, "Microsoft Graph throttling guidance" (sample response). */
const graphThrottled = { code: 'TooManyRequests', message: 'Please retry again later.' }

/** The 429 bodies of operations that have their own. */
const throttled: Partial<Record<FaultPoint, { code: string; message: string }>> = {
  me: graphThrottled,
  users: graphThrottled,
  groups: graphThrottled,
  servicePrincipals: graphThrottled,
  grants: graphThrottled,
  // Azure/azure-cli-extensions#3325
  resources: {
    code: 'RateLimiting',
    message:
      'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.',
  },
}
