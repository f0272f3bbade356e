/**
 * MSAL's network module: one POST to the token endpoint, 10 s at most, no redirects. Any answer without a token is
 * thrown, and passed to `onFailure`, since MSAL replaces the error. This keeps status, Retry-After and Entra's whole
 * body, and avoids MSAL's throttling, which would give one user's 503 to all users for a minute.
 */
import type { INetworkModule } from '@azure/msal-node'
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

/** Entra understood the request and refused it. Contains no description, since Entra's may name users and resources. */
export class EntraRefusal extends Error {
  readonly body: TokenError

  constructor(body: TokenError, options?: ErrorOptions) {
    const numbers = body.error_codes.map((code) => `AADSTS${code}`)
    super([body.error, body.suberror, ...numbers].filter(Boolean).join(' '), options)
    this.name = 'EntraRefusal'
    this.body = body
  }
}

/** Entra did not answer, or its answer says nothing about the request. */
export class EntraOutage extends Error {
  /** As requested by Entra. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    what: string,
    options: { retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(`entra_outage: ${what}`, options)
    this.name = 'EntraOutage'
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

const tryTimeout = 10_000

/** Rejects with {@link EntraRefusal} or {@link EntraOutage}. */
export function tokenEndpointNetwork(options: {
  fetch: typeof fetch
  now: () => number
  /** Receives each error before MSAL replaces it. */
  onFailure: (error: EntraRefusal | EntraOutage) => void
  /** Receives the refresh token, which MSAL does not return. */
  onAnswer?: (json: unknown) => void
}): INetworkModule {
  const { fetch, now, onFailure, onAnswer } = options
  const failed = (error: EntraRefusal | EntraOutage) => {
    onFailure(error)
    return error
  }
  return {
    async sendPostRequestAsync(url, { headers, body } = {}) {
      const { answer, json } = await withTimeLimit(tryTimeout, async (signal) => {
        const request = { method: 'POST', headers: headers ?? {}, body: body ?? '' }
        const answer = await fetch(url, { ...request, redirect: 'error', signal })
        return { answer, json: await answer.json().catch(() => undefined) }
      }).catch((cause: unknown) => {
        throw failed(new EntraOutage('no answer', { cause }))
      })
      const { status } = answer
      if (status === 200 && usable.safeParse(json).success) {
        onAnswer?.(json)
        // MSAL's type parameter is what its caller expects of the body; MSAL checks the body itself.
        return { status, headers: Object.fromEntries(answer.headers), body: json as never }
      }
      const refusal = tokenError.safeParse(json)
      if (refusal.success && isRefusal(status, refusal.data)) {
        throw failed(new EntraRefusal(refusal.data))
      }
      // For a 429 without the header: one minute, the duration of Entra's throttling.
      const asked = parseRetryAfter(answer.headers.get('retry-after'), now())
      const retryAfterSeconds = asked ?? (status === 429 ? 60 : undefined)
      throw failed(new EntraOutage(`HTTP ${status}`, { retryAfterSeconds }))
    },
    async sendGetRequestAsync() {
      // All metadata is provided (msal-client.ts), so MSAL sends no GET.
      throw failed(new EntraOutage('unexpected GET'))
    },
  }
}

/** RFC 6749 §7.1: a token of a type that we cannot send is not one. */
const usable = z.object({
  access_token: z.string().min(1),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
})

const isRefusal = (status: number, { error }: TokenError) =>
  status >= 400 &&
  status < 500 &&
  status !== 429 &&
  error !== 'temporarily_unavailable' &&
  error !== 'server_error'
