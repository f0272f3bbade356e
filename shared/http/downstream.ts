/**
 * The downstream API with a user's token on it, as tools see it: paths in, parsed data out, no token and no origin
 * in a tool's hands. Pooled connections, no redirects, one deadline for all of a call's requests; throttling is
 * waited out while the deadline allows.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import * as z from 'zod'
import { Failure } from '../failure.ts'
import { pathWithin } from '../path.ts'
import type { Secret } from '../secret.ts'
import { within } from '../within.ts'
import { claimsChallenge } from './claims-challenge.ts'

export type Api = {
  get: <T>(path: string, schema: z.ZodType<T>) => Promise<T>
  post: <T>(path: string, body: unknown, schema: z.ZodType<T>) => Promise<T>
  /** Asynchronous operations (Azure REST guidelines, "long-running operations"): begin one … */
  begin: <T>(path: string, body: unknown, schema: z.ZodType<T>) => Promise<Progress<T>>
  /** … and look at it again, at the place that it named. */
  poll: <T>(location: string, schema: z.ZodType<T>) => Promise<Progress<T>>
}

export type Progress<T> =
  | { done: true; value: T }
  | { done: false; location: string | undefined; retryAfterSeconds: number }

export type SignIn = (options: {
  name: string
  baseUrl: string
  /** `claims`: what the API demands of a new token, Entra's JSON. */
  token: (claims?: string) => Promise<Secret<'downstream token'>>
  /** Milliseconds since 1970: after that no request is started or waited for. */
  deadline: number
  /** What tells the caller's client of claims that no exchange can win. */
  claimsDemand: (claims: string) => Failure
  /** Told the id of each request, by which the other side's log can be found. */
  onRequestId: (id: string) => void
}) => Api

type Request = { method: 'GET' | 'POST'; path: string; body?: unknown }

const requestTimeout = 30_000
const maxResponseSize = 32 * 1024 * 1024
const maxTries = 4

export function downstreamClient({ now }: { now: () => number }): SignIn {
  const dispatcher = new Agent({ connections: 128, maxResponseSize, connectTimeout: 5_000 })

  return ({ name, baseUrl, token, deadline, claimsDemand, onRequestId }) => {
    const failed = (status: number | undefined, cause?: unknown) =>
      new Failure({ reason: 'downstream_failed', downstream: name, status }, { cause })

    /** A link that leads elsewhere, were it the API's own, is an answer that its contract does not know. */
    const pathBelow = (path: string) => {
      try {
        return pathWithin(baseUrl, path)
      } catch (cause) {
        throw failed(undefined, cause)
      }
    }

    const send = async ({ method, path, body }: Request, bearer: Secret<'downstream token'>) => {
      const remaining = deadline - now()
      if (remaining <= 0) throw failed(undefined, 'the time for this call is over')
      const url = baseUrl + pathBelow(path)
      const answer = await within(Math.min(requestTimeout, remaining), async (signal) => {
        const { statusCode, ...answered } = await request(url, {
          ...{ dispatcher, method, signal },
          headers: {
            authorization: `Bearer ${bearer.reveal()}`,
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          body: body === undefined ? null : JSON.stringify(body),
        })
        const json: unknown = await answered.body.json().catch(() => undefined)
        return { status: statusCode, headers: answered.headers, json }
      }).catch((cause: unknown) => {
        throw failed(undefined, cause)
      })
      const id = answer.headers['x-ms-request-id'] ?? answer.headers['request-id']
      if (typeof id === 'string') onRequestId(id)
      return answer
    }

    /** Sends until the answer is one of those expected. */
    const call = async (asked: Request) => {
      let bearer = await token()
      let renewed = false
      for (let tried = 1; ; tried++) {
        const answer = await send(asked, bearer)
        const { status, headers, json } = answer
        if (status >= 200 && status < 300) return answer
        const claims = status === 401 ? claimsChallenge(headers['www-authenticate']) : undefined
        if (claims) {
          // Continuous access evaluation: once a new token may do; then it is for the user to sign in again.
          if (renewed) throw claimsDemand(claims)
          renewed = true
          bearer = await token(claims)
          continue
        }
        if (status !== 429 && status !== 503) throw refusal(name, status, json) ?? failed(status)
        const after = retryAfter(headers)
        const wait = (after ?? 2 ** (tried - 1)) * 1000
        if (tried === maxTries || now() + wait >= deadline) {
          if (status === 503) throw failed(status)
          const throttled = { reason: 'downstream_throttled', downstream: name } as const
          throw new Failure({ ...throttled, retryAfterSeconds: after })
        }
        await pause(wait)
      }
    }

    const parse = <T>(
      schema: z.ZodType<T>,
      { status, json }: { status: number; json: unknown },
    ) => {
      const parsed = schema.safeParse(json)
      if (parsed.success) return parsed.data
      throw failed(
        status,
        `unexpected body: ${parsed.error.issues.map(({ path }) => path.join('.'))}`,
      )
    }

    const progress = <T>(
      schema: z.ZodType<T>,
      answer: Awaited<ReturnType<typeof call>>,
    ): Progress<T> => {
      if (answer.status !== 202) return { done: true, value: parse(schema, answer) }
      const { location } = answer.headers
      return {
        done: false,
        location: typeof location === 'string' ? pathBelow(location) : undefined,
        retryAfterSeconds: retryAfter(answer.headers) ?? 5,
      }
    }

    return {
      get: async (path, schema) => parse(schema, await call({ method: 'GET', path })),
      post: async (path, body, schema) => parse(schema, await call({ method: 'POST', path, body })),
      begin: async (path, body, schema) =>
        progress(schema, await call({ method: 'POST', path, body })),
      poll: async (location, schema) =>
        progress(schema, await call({ method: 'GET', path: location })),
    }
  }
}

const errorBody = z.object({ error: z.object({ code: z.string().regex(/^[\w.]{1,64}$/) }) })

function refusal(downstream: string, status: number, json: unknown): Failure | undefined {
  if (status < 400 || status >= 500) return undefined
  const parsed = errorBody.safeParse(json)
  const code = parsed.success ? parsed.data.error.code : undefined
  return new Failure({ reason: 'downstream_refused', downstream, status, code })
}

/** Seconds. Cost Management has headers of its own, several at a time, all ending alike; the longest counts. */
function retryAfter(headers: Record<string, string | string[] | undefined>): number | undefined {
  const asked = Object.entries(headers)
    .filter(([name]) => name.endsWith('retry-after'))
    .map(([, value]) => Number(value))
    .filter((seconds) => Number.isFinite(seconds) && seconds >= 0)
  return asked.length > 0 ? Math.max(...asked) : undefined
}
