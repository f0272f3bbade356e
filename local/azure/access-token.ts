/**
 * Decides whether a request carries an access token that Entra issued for this resource. Tokens for ARM and Graph are
 * v1.0 tokens: the form follows the resource, not the endpoint that issued them. What the holder may do, and what a
 * refusal looks like, is the surface's own business.
 */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import * as z from 'zod'

export type SignedInUser = { oid: string; upn: string }

/** A token of a user, or of an application in its own name. */
export type AccessToken =
  | { user: SignedInUser; scopes: string[]; issued: number; claimsCapable: boolean }
  | { application: string; roles: string[] }

export type TokenProblem = 'missing' | 'invalid' | 'expired' | 'audience' | 'tenant'

export type TokenCheck = (
  request: Request,
) => Promise<{ token: AccessToken } | { problem: TokenProblem }>

export type Keys = ReturnType<typeof createRemoteJWKSet>

/** The tenant's signing keys. Fetched again at once for an unknown `kid`, so that a rotation needs no waiting. */
export const entraKeys = (entraOrigin: string, tenantId: string): Keys =>
  createRemoteJWKSet(new URL(`${entraOrigin}/${tenantId}/discovery/v2.0/keys`), {
    cooldownDuration: 0,
  })

/** @throws what fetching the keys throws: an unreachable Entra is no fault of the token. */
export function createTokenCheck(options: {
  keys: Keys
  tenantId: string
  audiences: string[]
}): TokenCheck {
  const { keys, tenantId, audiences } = options
  // With the slash at the end; v2.0 tokens name another host.
  const issuer = `https://sts.windows.net/${tenantId}/`
  const expected = { algorithms: ['RS256'], issuer, audience: audiences }
  return async (request) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (token === undefined) return { problem: 'missing' }
    try {
      const { payload } = await jwtVerify(token, keys, { ...expected, requiredClaims: ['exp'] })
      const claims = claimsSchema.safeParse(payload)
      return claims.success ? { token: claims.data } : { problem: 'invalid' }
    } catch (error) {
      return { problem: problemOf(error) }
    }
  }
}

/** Seconds: `iat` is five minutes earlier than the token. */
const backDated = 5 * 60

const common = { oid: z.string(), ver: z.literal('1.0') }

const userClaims = z
  .object({
    ...common,
    scp: z.string(),
    upn: z.string().optional(),
    unique_name: z.string().optional(),
    iat: z.number().default(0),
    xms_cc: z.array(z.string()).default([]),
  })
  .transform(
    ({ oid, upn, unique_name, scp, iat, xms_cc }): AccessToken => ({
      user: { oid, upn: upn ?? unique_name ?? oid },
      scopes: scp.split(' '),
      issued: iat + backDated,
      claimsCapable: xms_cc.some((capability) => capability.toLowerCase() === 'cp1'),
    }),
  )

const applicationClaims = z
  .object({ ...common, scp: z.never().optional(), roles: z.array(z.string()).default([]) })
  .transform(({ oid, roles }): AccessToken => ({ application: oid, roles }))

const claimsSchema = z.union([userClaims, applicationClaims])

const problemByClaim: Partial<Record<string, TokenProblem>> = { aud: 'audience', iss: 'tenant' }

function problemOf(error: unknown): TokenProblem {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return problemByClaim[error.claim] ?? 'invalid'
  }
  const isFaultOfToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  if (isFaultOfToken) return 'invalid'
  throw error
}
