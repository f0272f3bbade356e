/**
 * Our own sign-in at Entra on behalf of a client: the authorization URL, and the code and refresh grants. The client
 * at Entra is the registration OAUTH_CLIENT_ID, with the same kind of credential as this API. MSAL does not return
 * refresh tokens, so the answer is read from the network module.
 */
import { hash, randomBytes } from 'node:crypto'
import { lookUp, sentenceOf } from '../entra/aadsts-lookup.ts'
import type { Authority } from '../entra/authority.ts'
import type { Breaker } from '../entra/breaker.ts'
import type { User } from '../entra/caller.ts'
import { isWrongNonce, type Msal, type MsalClient, secondsToWait } from '../entra/msal-client.ts'
import { EntraOutage, EntraRefusal } from '../entra/network.ts'
import { retryOutages } from '../entra/retry-outages.ts'
import { withParameters } from '../redirect-uri.ts'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'
import type { OAuthEndpoint } from './endpoints.ts'
import { entraUnreachable, OAuthError } from './oauth-error.ts'
import type { AuthorizationCode, Hints, PendingSignIn } from './sign-in.ts'

/** Entra's tokens, unchanged. */
export type Granted = {
  accessToken: string
  /** Undefined if Entra issued none at the sign-in. */
  refreshToken: string | undefined
  /** Seconds. */
  expiresIn: number
}

export type SignedIn = Granted & {
  user: User
  /** The `login_hint` for Entra's sign-in page. */
  loginHint: string | undefined
}

export type EntraSignIn = {
  url: (asked: Omit<PendingSignIn, 'verifier' | 'nonce'>, hints: Hints) => string
  /** @throws an {@link OAuthError} */
  redeem: (code: AuthorizationCode) => Promise<SignedIn>
  /** @throws an {@link OAuthError} */
  refresh: (of: {
    user: User
    refreshToken: string
    endpoint: string
    scopes: readonly string[]
  }) => Promise<Granted>
}

/** Codes are redeemed without a retry; refreshes are retried after an outage. */
export function entraSignIn(options: {
  authority: Authority
  /** OAUTH_CLIENT_ID. */
  clientId: string
  redirectUri: string
  client: MsalClient
  /** Shared with the OBO exchanges, since all call the same token endpoint. */
  breaker: Breaker
  now: () => number
  states: Sealed<PendingSignIn>
  endpoints: readonly OAuthEndpoint[]
}): EntraSignIn {
  const { authority, clientId, redirectUri, client, breaker, now, states, endpoints } = options

  const qualify = (endpoint: string, scopes: readonly string[]) => {
    const found = endpoints.find(({ name }) => name === endpoint)
    if (!found)
      throw new OAuthError('invalid_target', 'This endpoint is no longer served: sign in again')
    return scopes.map(found.qualify)
  }

  const granted = async <Result>(
    asking: Parameters<Breaker>[0],
    ask: (msal: Msal) => Promise<Result>,
    tries: <T>(attempt: () => Promise<T>) => Promise<T> = once,
  ): Promise<Granted & { result: Result }> => {
    let answer: unknown
    try {
      const attempt = () => client(ask, { onAnswer: (json) => (answer = json) })
      const result = await breaker(asking, () => tries(attempt))
      const { success, data } = tokens.safeParse(answer)
      if (!success) {
        throw new OAuthError('server_error', 'Microsoft Entra sent an answer that cannot be read')
      }
      const { access_token, refresh_token, expires_in } = data
      return {
        ...{ accessToken: access_token, refreshToken: refresh_token, expiresIn: expires_in },
        result,
      }
    } catch (error) {
      throw errorOf(error)
    }
  }

  return {
    url(asked, hints) {
      const verifier = randomBytes(32).toString('base64url')
      const nonce = randomBytes(16).toString('base64url')
      const scopes = qualify(asked.endpoint, asked.scopes)
      return withParameters(authority.authorizationEndpoint, {
        client_id: clientId,
        response_type: 'code',
        response_mode: 'query',
        redirect_uri: redirectUri,
        scope: [...scopes, 'openid profile offline_access'].join(' '),
        state: states.close({ ...asked, verifier, nonce }),
        nonce,
        code_challenge: hash('sha256', verifier, 'base64url'),
        code_challenge_method: 'S256',
        ...hints,
      })
    },
    async redeem({ entraCode, verifier, nonce, endpoint, scopes, browser }) {
      const { result, ...tokens } = await granted({ browser }, (msal) =>
        msal.acquireTokenByCode({
          ...{ code: entraCode, redirectUri, codeVerifier: verifier },
          scopes: qualify(endpoint, scopes),
          // MSAL compares it with the nonce in the id token.
          nonce,
        }),
      )
      // OpenID Connect Core §3.1.3.7: an id token received directly from the token endpoint needs no signature check.
      const claims = idToken.parse(result.idTokenClaims)
      const { tid, oid, login_hint, preferred_username } = claims
      return { ...tokens, user: { tid, oid }, loginHint: login_hint ?? preferred_username }
    },
    async refresh({ user, refreshToken, endpoint, scopes }) {
      const asked = { refreshToken, scopes: qualify(endpoint, scopes) }
      const { result: _, ...tokens } = await granted(
        user,
        (msal) => msal.acquireTokenByRefreshToken(asked),
        (attempt) => retryOutages(attempt, now),
      )
      // RFC 6749 §6: Entra may issue no new refresh token; the one that was used then stays valid.
      return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken }
    },
  }
}

/** A code is good once. */
const once = <T>(attempt: () => Promise<T>) => attempt()

const tokens = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional(),
  expires_in: z.coerce.number(),
})
const idToken = z.object({
  tid: z.string(),
  oid: z.string(),
  login_hint: z.string().optional(),
  preferred_username: z.string().optional(),
})

/** AADSTS54005: the code was redeemed before. */
export const isReplay = (error: unknown): boolean =>
  error instanceof OAuthError &&
  error.cause instanceof EntraRefusal &&
  error.cause.body.error_codes.includes(54005)

function errorOf(error: unknown): unknown {
  if (error instanceof EntraOutage) return entraUnreachable(error, secondsToWait(error))
  if (isWrongNonce(error)) {
    return new OAuthError('invalid_grant', 'The code belongs to another sign-in', { cause: error })
  }
  if (!(error instanceof EntraRefusal)) return error
  const found = lookUp(error.body)
  // `invalid_grant` makes a client sign in again, which helps unless our own registration is wrong.
  const code = found.class === 'client' ? 'server_error' : 'invalid_grant'
  return new OAuthError(code, sentenceOf(found), { cause: error })
}
