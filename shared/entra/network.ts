/**
 * MSAL's way to the token endpoint: one POST, 10 s at most, no redirects. Whatever is not a token is thrown as an
 * AuthError, which MSAL passes on untouched: so status, Retry-After and Entra's whole body survive, and MSAL's
 * throttling, which would answer one user's 503 to everybody for a minute, never starts.
 */
import { AuthError, type INetworkModule } from '@azure/msal-node'
import { parseRetryAfter } from '../resilience/retry-after.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import * as z from '../zod.ts'

/** Entra's error body: RFC 6749 §5.2 and Microsoft's additions. */
export type TokenError = z.infer<typeof tokenError>

const tokenError = z.object({
  error: z.string(),
  error_codes: z.array(z.number()).default([]),
  suberror: z.string().optional(),
  claims: z.string().optional(),
})

/** Entra understood the request and said no. Holds no description: Entra's may name users and resources. */
export class EntraRefusal extends AuthError {
  readonly body: TokenError

  constructor(body: TokenError, { cause }: ErrorOptions = {}) {
    super(body.error, '')
    // MSAL's constructor makes every error a plain AuthError, with a message of its own.
    Object.setPrototypeOf(this, new.target.prototype)
    const numbers = body.error_codes.map((code) => `AADSTS${code}`)
    this.message = [body.error, body.suberror, ...numbers].filter(Boolean).join(' ')
    this.cause = cause
    this.body = body
  }
}

/** No answer, or none that says anything about the request. */
export class EntraOutage extends AuthError {
  /** What Entra asked for. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    what: string,
    options: { retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super('entra_outage', '', what)
    Object.setPrototypeOf(this, new.target.prototype)
    this.cause = options.cause
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

const tryTimeout = 10_000

export function tokenEndpointNetwork(options: {
  fetch: typeof fetch
  now: () => number
  /** Told what MSAL keeps to itself of an answer: the refresh token. */
  onAnswer?: (json: unknown) => void
}): INetworkModule {
  const { fetch, now, onAnswer } = options
  return {
    async sendPostRequestAsync(url, { headers, body } = {}) {
      const { answer, json } = await withTimeLimit(tryTimeout, async (signal) => {
        const request = { method: 'POST', headers: headers ?? {}, body: body ?? '' }
        const answer = await fetch(url, { ...request, redirect: 'error', signal })
        return { answer, json: await answer.json().catch(() => undefined) }
      }).catch((cause: unknown) => {
        throw new EntraOutage('no answer', { cause })
      })
      const { status } = answer
      if (status === 200 && hasToken(json)) {
        onAnswer?.(json)
        // MSAL's type parameter says what its caller expects of the body; MSAL checks it itself.
        return { status, headers: Object.fromEntries(answer.headers), body: json as never }
      }
      const refusal = tokenError.safeParse(json)
      if (refusal.success && isRefusal(status, refusal.data)) throw new EntraRefusal(refusal.data)
      // Of a 429 without one: a minute, as Entra's throttling lasts.
      const asked = parseRetryAfter(answer.headers.get('retry-after'), now())
      throw new EntraOutage(`HTTP ${status}`, {
        retryAfterSeconds: asked ?? (status === 429 ? 60 : undefined),
      })
    },
    async sendGetRequestAsync() {
      // All metadata is given (on-behalf-of.ts), so MSAL has nothing to look up.
      throw new EntraOutage('unexpected look-up')
    },
  }
}

const hasToken = (json: unknown) =>
  z.object({ access_token: z.string().min(1) }).safeParse(json).success

const isRefusal = (status: number, { error }: TokenError) =>
  status >= 400 &&
  status < 500 &&
  status !== 429 &&
  error !== 'temporarily_unavailable' &&
  error !== 'server_error'
