/**
 * Sends the requests of one call to one downstream API with the user's token, within the call's deadline. The caller of
 * a connection sees neither the token nor the origin. retry.ts decides what is retried, pace.ts slows requests down,
 * client.ts parses answers for tools.
 */
import { setTimeout } from 'node:timers/promises'
import { Failure } from '../failure.ts'
import type { Outgoing } from '../outgoing.ts'
import { concurrencyLimit } from '../resilience/concurrency-limit.ts'
import { retry } from '../resilience/retry.ts'
import type { Secret } from '../secret.ts'
import type { TokenSource } from '../token-source.ts'
import { parseClaimsChallenge } from './claims-challenge.ts'
import { type Failures, failuresOf, type KnownError } from './failures.ts'
import { pace } from './pace.ts'
import { retryAfterSeconds, waitBeforeRetry } from './retry.ts'
import { type Answer, type DownstreamRequest, isTooLarge, send } from './send.ts'

export type SignedIn = {
  /** The API's name in sentences to people. */
  name: string
  baseUrl: string
  /** A key of the user, whose requests share a limit. */
  user: string
  knownErrors: readonly KnownError[]
  /** `claims`: what the API requires of a new token, Entra's JSON. */
  token: (claims?: string) => Promise<Bearer>
  /** Milliseconds since 1970: no request starts or goes on after that. */
  deadline: number
  /** The Failure for claims that only a new sign-in can satisfy. */
  claimsChallenge: (claims: string) => Failure
  /** Updated with each request. */
  trace: Trace
}

export type Bearer = Secret<'downstream token'>

/** What the audit line says about a call's requests. */
export type Trace = {
  /** Ids by which the API's own log finds each request. */
  requestIds: string[]
  /** Number of requests repeated after a 429 or 503. */
  retries: number
  /** Where its tokens came from: the farthest of them. Absent if it needed none. */
  tokenSource?: TokenSource
}

/** Judges an answer that is neither a success nor a claims challenge. */
export type Judge = {
  /** Whether the answer counts as a success. */
  takes: (answer: Answer) => boolean
  /** Returns the Failure to throw, or a token to try again with. `failure`: what a tool's API client would throw. */
  refused: (refusal: {
    answer: Answer
    bearer: Bearer
    failure: Failure
  }) => Failure | Promise<Failure | Bearer>
}

export type Connection = {
  failures: Failures
  /** Sends, and retries, until there is a success. @throws Failure for any other answer */
  call: (asked: DownstreamRequest, judge?: Judge) => Promise<Answer>
}
export type Connect = (signedIn: SignedIn) => Connection

/** Milliseconds. */
const requestTimeout = 30_000
const maxResponseSize = 32 * 1024 * 1024
const maxTries = 4
/** Concurrent requests of one user, so that one user's slow calls leave connections to others. */
const atOnce = 8
/** Concurrent requests of one call, so that one that fans out leaves room for the user's other calls. */
const atOnceInCall = 4

const plain: Judge = { takes: () => false, refused: ({ failure }) => failure }

/**
 * Makes the function that connects a call to an API. All connections share one pool, the pace, and the limits of
 * concurrent requests. `now`: milliseconds since 1970.
 */
export function connections(options: { now: () => number; pool: Outgoing['pool'] }): Connect {
  const { now, pool } = options
  const dispatcher = pool({ connections: 128, maxResponseSize, connectTimeout: 5_000 })
  const paced = pace({ now })
  const tooLate = () => new Failure({ reason: 'too_many_at_once', what: 'downstream calls' })
  const limitOfUser = concurrencyLimit({ max: atOnce, now, tooLate })

  return ({ name, baseUrl, user, knownErrors, token, deadline, claimsChallenge, trace }) => {
    const failures = failuresOf(name, knownErrors)
    const limitOfCall = concurrencyLimit({ max: atOnceInCall, now, tooLate })

    const sendOnce = async (asked: DownstreamRequest, bearer: Bearer) => {
      const milliseconds = Math.min(requestTimeout, deadline - now())
      if (milliseconds <= 0) throw failures.none('the time of this call is over')
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

    const call: Connection['call'] = async (asked, { takes, refused } = plain) => {
      let bearer = await token()
      let renewed = false
      let answer: Answer | undefined
      const attempt = async (): Promise<Answer> => {
        answer = undefined
        answer = await sendInTurn(asked, bearer)
        const { status, headers } = answer
        if ((status >= 200 && status < 300) || takes(answer)) {
          if (!answer.repeatsToken) return answer
          throw failures.unexpected(status, 'it repeats the token that it was sent')
        }
        const claims =
          status === 401 ? parseClaimsChallenge(headers['www-authenticate']) : undefined
        // Continuous access evaluation: a new token may satisfy the challenge, but only once.
        if (claims && renewed) throw claimsChallenge(claims)
        const failure = failures.refused(answer, retryAfterSeconds(headers, now()))
        const next = claims ? await token(claims) : await refused({ answer, bearer, failure })
        if (next instanceof Failure) throw next
        renewed ||= claims !== undefined
        bearer = next
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
    return { failures, call }
  }
}
