/**
 * The downstream API with a user's token on it: no token and no origin in a tool's hands, one deadline for all of a
 * call's requests. What is waited out and sent again stands in retry.ts, what slows a request down in pace.ts.
 */
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../failure.ts'
import type { Outgoing } from '../outgoing.ts'
import { pathWithin, withQuery } from '../path.ts'
import { concurrencyLimit } from '../resilience/concurrency-limit.ts'
import { retry } from '../resilience/retry.ts'
import type { Secret } from '../secret.ts'
import type * as z from '../zod.ts'
import { contentOf, nextLinkOf } from './answer.ts'
import type { Api, Progress, RequestOptions } from './api.ts'
import { claimsChallenge } from './claims-challenge.ts'
import { failuresOf, type KnownError } from './failures.ts'
import { pace } from './pace.ts'
import { retryAfterSeconds, waitBeforeRetry } from './retry.ts'
import { type Answer, type DownstreamRequest, isTooLarge, send } from './send.ts'

export type CreateApi = (options: {
  /** As people know the API. */
  name: string
  baseUrl: string
  /** Names the user whose requests count together. */
  user: string
  knownErrors: readonly KnownError[]
  /** `claims`: what the API demands of a new token, Entra's JSON. */
  token: (claims?: string) => Promise<Secret<'downstream token'>>
  /** Milliseconds since 1970: after that no request is started or waited for. */
  deadline: number
  /** What tells the caller's client of claims that no exchange can win. */
  claimsDemand: (claims: string) => Failure
  /** Written to while requests are made. */
  trace: Trace
}) => Api

/** What the audit line records of a call's requests. */
export type Trace = {
  /** By which the API's own log finds each request. */
  requestIds: string[]
  /** How often a request was sent again because the API was throttling or out. */
  retries: number
}

/** Milliseconds. */
const requestTimeout = 30_000
const maxResponseSize = 32 * 1024 * 1024
const maxTries = 4
/** Requests under way for one user, so that one user's slow calls leave connections to others. */
const atOnce = 8
/** Of these, requests of one call: what fans out leaves room for its user's other calls, and for the API. */
const atOnceInCall = 4
const maxPages = 1_000

export function downstreamClient(options: {
  now: () => number
  pool: Outgoing['pool']
}): CreateApi {
  const { now, pool } = options
  const dispatcher = pool({ connections: 128, maxResponseSize, connectTimeout: 5_000 })
  const paced = pace({ now })
  const tooLate = () => new Failure({ reason: 'too_many_at_once', what: 'downstream calls' })
  const limitOfUser = concurrencyLimit({ max: atOnce, now, tooLate })

  return ({ name, baseUrl, user, knownErrors, token, deadline, claimsDemand, trace }) => {
    const failures = failuresOf(name, knownErrors)
    const limitOfCall = concurrencyLimit({ max: atOnceInCall, now, tooLate })

    const sendOnce = async (asked: DownstreamRequest, bearer: Secret<'downstream token'>) => {
      const milliseconds = Math.min(requestTimeout, deadline - now())
      if (milliseconds <= 0) throw failures.none('the time for this call is over')
      const url = baseUrl + asked.path
      const answer = await send(asked, { url, bearer, milliseconds, dispatcher }).catch(
        (cause: unknown) => {
          throw isTooLarge(cause) ? failures.tooLarge('32 MiB') : failures.none(cause)
        },
      )
      paced.learn(asked.headers.ClientType, answer.headers)
      const id = answer.headers['x-ms-request-id'] ?? answer.headers['request-id']
      if (typeof id === 'string') trace.requestIds.push(id)
      return answer
    }

    const sendInTurn: typeof sendOnce = (asked, bearer) =>
      limitOfCall(name, deadline, async () => {
        const wait = await paced.turn(asked.headers.ClientType, deadline)
        if (wait !== undefined) throw failures.throttled(wait / 1000)
        return limitOfUser(user, deadline, () => sendOnce(asked, bearer))
      })

    /** Sends until the answer is a success or final. */
    const call = async (asked: DownstreamRequest): Promise<Answer> => {
      let bearer = await token()
      let renewed = false
      let answer: Answer | undefined
      const attempt = async (): Promise<Answer> => {
        answer = undefined
        answer = await sendInTurn(asked, bearer)
        const { status, headers } = answer
        if (status >= 200 && status < 300) return answer
        const claims = status === 401 ? claimsChallenge(headers['www-authenticate']) : undefined
        if (!claims) throw failures.refused(answer, retryAfterSeconds(headers, now()))
        // Continuous access evaluation: once a new token may do; then it is for the user to sign in again.
        if (renewed) throw claimsDemand(claims)
        renewed = true
        bearer = await token(claims)
        return attempt()
      }
      return retry(attempt, {
        waitAfter: (_error, tries) =>
          answer && tries < maxTries ? waitBeforeRetry(answer, { tries, now: now() }) : undefined,
        until: deadline,
        now,
        pause(milliseconds) {
          trace.retries += 1
          return setTimeout(milliseconds)
        },
      })
    }

    /** A path of ours, or a link of the API's, which leads nowhere but below its base URL. */
    const pathBelow = (path: string, status?: number) => {
      try {
        return pathWithin(baseUrl, path)
      } catch {
        throw failures.unexpected(status, 'a path leads out of the base URL')
      }
    }
    const requestOf = (
      method: DownstreamRequest['method'],
      path: string,
      { headers = {}, query = {}, ...more }: RequestOptions & { body?: unknown; reads: boolean },
    ): DownstreamRequest => ({ ...more, method, headers, path: withQuery(pathBelow(path), query) })

    const value = <T>(schema: z.ZodType<T>, answer: Answer) => contentOf(schema, answer, failures)

    const progress = <T>(schema: z.ZodType<T>, answer: Answer): Progress<T> => {
      const { status, headers } = answer
      if (status !== 202) return { done: true, value: value(schema, answer) }
      const { location } = headers
      return {
        done: false,
        location: typeof location === 'string' ? pathBelow(location, status) : undefined,
        retryAfterSeconds: retryAfterSeconds(headers, now()) ?? 5,
      }
    }

    const reads = true
    const writes = { reads: false }
    return {
      baseUrl,
      get: async (path, schema, options) =>
        value(schema, await call(requestOf('GET', path, { ...options, reads }))),
      post: async (path, body, schema, options) =>
        value(schema, await call(requestOf('POST', path, { ...writes, ...options, body }))),
      put: async (path, body, schema, options) =>
        value(schema, await call(requestOf('PUT', path, { ...options, ...writes, body }))),
      patch: async (path, body, schema, options) =>
        value(schema, await call(requestOf('PATCH', path, { ...options, ...writes, body }))),
      delete: async (path, schema, options) =>
        value(schema, await call(requestOf('DELETE', path, { ...options, ...writes }))),
      begin: async (path, body, schema, options) =>
        progress(schema, await call(requestOf('POST', path, { ...options, ...writes, body }))),
      poll: async (location, schema, options) =>
        progress(schema, await call(requestOf('GET', location, { ...options, reads }))),
      async pages(path, schema, { post, ...options } = {}) {
        const method = post === undefined ? 'GET' : 'POST'
        let asked = requestOf(method, path, { ...options, body: post, reads })
        const pages = []
        while (pages.length < maxPages) {
          const answer = await call(asked)
          pages.push(value(schema, answer))
          const next = nextLinkOf(answer, failures)
          if (next === undefined) return pages
          asked = { ...asked, path: pathBelow(next, answer.status) }
        }
        throw failures.tooLarge('1,000 pages')
      },
    }
  }
}
