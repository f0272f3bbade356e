/**
 * The downstream API with a user's token on it, as tools see it: paths in, parsed data out, no token and no origin
 * in a tool's hands. Pooled connections, no redirects, one deadline for all of a call's requests. A request that
 * reads waits out 429 and 503 while the deadline allows; one that writes is sent again only after a 429.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { Failure } from '../failure.ts'
import { parseJson } from '../json.ts'
import { pathWithin, withQuery } from '../path.ts'
import type { Secret } from '../secret.ts'
import { within } from '../within.ts'
import * as z from '../zod.ts'
import type { Api, Progress, RequestOptions } from './api.ts'
import { claimsChallenge } from './claims-challenge.ts'
import { settable } from './headers.ts'

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

type Request = RequestOptions & {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  reads: boolean
}

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

    const send = async (
      { method, path, body, query = {}, headers = {} }: Request,
      bearer: Secret<'downstream token'>,
    ) => {
      const remaining = deadline - now()
      if (remaining <= 0) throw failed(undefined, 'the time for this call is over')
      const url = baseUrl + withQuery(pathBelow(path), query)
      const answer = await within(Math.min(requestTimeout, remaining), async (signal) => {
        const { statusCode, ...answered } = await request(url, {
          ...{ dispatcher, method, signal },
          headers: {
            ...settable(headers),
            authorization: `Bearer ${bearer.reveal()}`,
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          body: body === undefined ? null : JSON.stringify(body),
        })
        const text = await answered.body.text()
        return { status: statusCode, headers: answered.headers, text }
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
        const { status, headers } = answer
        if (status >= 200 && status < 300) return answer
        const claims = status === 401 ? claimsChallenge(headers['www-authenticate']) : undefined
        if (claims) {
          // Continuous access evaluation: once a new token may do; then it is for the user to sign in again.
          if (renewed) throw claimsDemand(claims)
          renewed = true
          bearer = await token(claims)
          continue
        }
        if (status !== 429 && !(status === 503 && asked.reads)) {
          throw refusal(name, status, parseJson(answer.text)) ?? failed(status)
        }
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

    const parse = <T>(schema: z.ZodType<T>, { status, text }: { status: number; text: string }) => {
      // Only 204 says that there is nothing; an empty 200 may have been cut off.
      const json = status === 204 ? undefined : parseJson(text)
      if (json === undefined && status !== 204) throw failed(status, 'a body that is not JSON')
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
      get: async (path, schema, options) =>
        parse(schema, await call({ ...options, method: 'GET', path, reads: true })),
      post: async (path, body, schema, { reads = false, ...options } = {}) =>
        parse(schema, await call({ ...options, method: 'POST', path, body, reads })),
      begin: async (path, body, schema) =>
        progress(schema, await call({ method: 'POST', path, body, reads: false })),
      poll: async (location, schema) =>
        progress(schema, await call({ method: 'GET', path: location, reads: true })),
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
