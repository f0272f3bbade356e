/**
 * The token endpoint (RFC 6749 §3.2) for public clients. Our codes and refresh tokens wrap Entra's. The access token is
 * Entra's, unchanged, so that the endpoints validate all tokens in one way.
 */
import { hash } from 'node:crypto'
import type { ValidateAccessToken } from '../entra/access-token.ts'
import { type Caller, userKey } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'
import { type Challenges, tokenId } from './challenges.ts'
import type { ResolveClient } from './clients.ts'
import { endpointOf, type OAuthEndpoint, scopesOf } from './endpoints.ts'
import { type EntraSignIn, type Granted, isReplay } from './entra-sign-in.ts'
import type { Families } from './families.ts'
import { entraUnreachable, OAuthError } from './oauth-error.ts'
import { parameter } from './parameter.ts'
import { type AuthorizationCode, clientHash } from './sign-in.ts'

/** The content of our refresh token. */
export const refreshTokenContent = z.object({
  clientHash: z.string(),
  endpoint: z.string(),
  /** Short names, as in `scp`. */
  scopes: z.array(z.string()),
  tid: z.string(),
  oid: z.string(),
  family: z.string(),
  generation: z.number(),
  /** Of the access token that it came with. */
  uti: z.string(),
  /** Entra's. */
  refreshToken: z.string(),
})
export type RefreshTokenContent = z.output<typeof refreshTokenContent>

/** What the audit log records of an issued token. */
export type Issued = {
  grant: 'authorization_code' | 'refresh_token'
  endpoint: string
  /** SHA-256 of the client id. */
  client: string
  caller: Caller
}

export type TokenEndpoint = {
  /** @throws an {@link OAuthError} */
  issue: (form: URLSearchParams) => Promise<{ response: Response; issued: Issued }>
  /**
   * RFC 7009.
   * @throws an {@link OAuthError} if the table cannot be reached
   */
  revoke: (form: URLSearchParams) => Promise<Response>
}

/** The token endpoint, and revocation (RFC 7009). */
export function tokenEndpoint(options: {
  endpoints: readonly OAuthEndpoint[]
  resolve: ResolveClient
  codes: Sealed<AuthorizationCode>
  refreshTokens: Sealed<RefreshTokenContent>
  entra: EntraSignIn
  validate: ValidateAccessToken
  families: Families
  challenges: Challenges
}): TokenEndpoint {
  const { endpoints, resolve, codes, refreshTokens, entra, validate, families, challenges } =
    options

  /** The hash of the client id. A document is not fetched again: codes and tokens are bound to its URL. */
  const client = async (form: URLSearchParams) => {
    const clientId = parameter(form, 'client_id')
    if (!clientId) throw new OAuthError('invalid_client', 'client_id is missing')
    if (!clientId.startsWith('https://')) await resolve(clientId)
    return clientHash(clientId)
  }

  const checkResource = (form: URLSearchParams, endpoint: string) => {
    const resource = parameter(form, 'resource')
    if (resource !== undefined && endpointOf(resource, endpoints).name !== endpoint) {
      throw new OAuthError('invalid_target', 'The resource differs from that of the sign-in')
    }
  }

  const answer = (
    grant: Issued['grant'],
    caller: Caller,
    granted: Granted,
    content: Omit<RefreshTokenContent, 'uti' | 'refreshToken' | 'tid' | 'oid'>,
  ) => {
    const { tid, oid, scp } = caller
    const { refreshToken } = granted
    const given = content.scopes.filter((scope) => scp.has(scope))
    const body = {
      access_token: granted.accessToken,
      token_type: 'Bearer',
      expires_in: granted.expiresIn,
      ...(refreshToken && {
        refresh_token: refreshTokens.close({
          ...content,
          tid,
          oid,
          uti: tokenId(caller),
          refreshToken,
        }),
      }),
      // RFC 6749 §5.1: omitted if identical to the requested scope.
      ...(given.length < content.scopes.length && { scope: given.join(' ') }),
    }
    const headers = { 'cache-control': 'no-store', pragma: 'no-cache' }
    const { endpoint, clientHash: client } = content
    return {
      response: Response.json(body, { headers }),
      issued: { grant, endpoint, client, caller },
    }
  }

  /** Validates Entra's token as the endpoints will: a client gets no token that they refuse. */
  const accepted = (token: string) =>
    validate(token).catch((cause: unknown) => {
      if (!(cause instanceof Failure)) throw cause
      const { detail } = cause
      if (detail.reason === 'entra_unreachable')
        throw entraUnreachable(cause, detail.retryAfterSeconds)
      const description = 'The endpoints of this server do not accept the token that Entra issued'
      throw new OAuthError('server_error', description, { cause })
    })

  const redeemCode = async (form: URLSearchParams) => {
    const asking = await client(form)
    const code = codes.open(parameter(form, 'code') ?? '')
    if (code === 'expired') throw new OAuthError('invalid_grant', 'The code has expired')
    if (code === 'altered' || code.clientHash !== asking) throw wrongCode()
    // Every check comes before Entra is called: a thief must not use up a stolen code.
    const redirectUri = parameter(form, 'redirect_uri')
    if (redirectUri !== undefined && redirectUri !== code.redirectUri) throw wrongCode()
    const verifier = parameter(form, 'code_verifier') ?? ''
    if (!/^[\w.~-]{43,128}$/.test(verifier)) {
      throw new OAuthError('invalid_request', 'code_verifier is missing or invalid (RFC 7636 §4.1)')
    }
    if (hash('sha256', verifier, 'base64url') !== code.codeChallenge) throw wrongCode()
    checkResource(form, code.endpoint)

    const { endpoint, scopes, nonce: family } = code
    const granted = await entra.redeem(code).catch(async (error: unknown) => {
      // Entra accepts a code once, so ours is valid once. The tokens of the first use cannot be trusted either.
      if (isReplay(error)) await families.endReplayed(family)
      throw error
    })
    const caller = await accepted(granted.accessToken)
    await families.begin(caller, family)
    await challenges.close(caller, endpoint)
    const content = { clientHash: asking, endpoint, scopes, family, generation: 0 }
    return answer('authorization_code', caller, granted, content)
  }

  const refresh = async (form: URLSearchParams) => {
    const asking = await client(form)
    const held = refreshTokens.open(parameter(form, 'refresh_token') ?? '')
    if (typeof held === 'string' || held.clientHash !== asking) {
      throw new OAuthError('invalid_grant', 'This is not a refresh token of this client')
    }
    checkResource(form, held.endpoint)
    const { endpoint, scopes, family, generation, uti, refreshToken } = held
    const narrower = parameter(form, 'scope')
    const of = endpoints.find(({ name }) => name === endpoint)
    const asked = narrower && of ? scopesOf(narrower, of).map(({ value }) => value) : scopes
    if (asked.some((scope) => !scopes.includes(scope))) {
      throw new OAuthError('invalid_scope', 'A refresh cannot add scopes: sign in again')
    }
    const rotate = await families.rotate(held, family, generation)
    if (await challenges.refusesRefresh(held, endpoint, uti)) {
      throw new OAuthError('invalid_grant', 'A refresh cannot satisfy the challenge: sign in again')
    }
    const granted = await entra.refresh({ user: held, refreshToken, endpoint, scopes: asked })
    const caller = await accepted(granted.accessToken)
    if (userKey(caller) !== userKey(held)) {
      throw new OAuthError('server_error', 'Microsoft Entra answered for another user')
    }
    const content = { clientHash: asking, endpoint, scopes, family, generation: await rotate() }
    return answer('refresh_token', caller, granted, content)
  }

  return {
    issue(form) {
      const grant = parameter(form, 'grant_type')
      if (grant === 'authorization_code') return redeemCode(form)
      if (grant === 'refresh_token') return refresh(form)
      throw new OAuthError(
        grant === undefined ? 'invalid_request' : 'unsupported_grant_type',
        'grant_type must be authorization_code or refresh_token',
      )
    },
    async revoke(form) {
      const token = parameter(form, 'token')
      if (token === undefined) throw new OAuthError('invalid_request', 'token is missing')
      const held = refreshTokens.open(token)
      // RFC 7009 §2.2: 200 for an invalid token too. Entra's access tokens cannot be revoked; they expire.
      if (typeof held !== 'string' && held.clientHash === clientHash(form.get('client_id') ?? '')) {
        await families.end(held, held.family)
      }
      return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
    },
  }
}

const wrongCode = () => new OAuthError('invalid_grant', 'The code does not belong to this request')
