/**
 * Decides whether a request carries an access token that Entra issued for this resource. Tokens for ARM and Graph are
 * v1.0 tokens: their version follows the resource, not the endpoint that issued them. Permissions and refusals are up to
 * each API.
 */
import { errors, jwtVerify } from 'jose'
import * as z from 'zod'
import type { entraKeys } from '../far-sides/token.ts'

export type SignedInUser = { oid: string; upn: string }

/** A user's token, or an application's own. */
export type AccessToken =
  | { user: SignedInUser; scopes: string[]; issued: number; claimsCapable: boolean }
  | { application: string; roles: string[] }

export type TokenProblem = 'missing' | 'invalid' | 'expired' | 'audience' | 'tenant'

/** @throws what `refuse` returns for the token's problem */
export type TokenCheck = (
  request: Request,
  refuse: (problem: TokenProblem) => Error,
) => Promise<AccessToken>

/** The check also throws what fetching the keys throws: an unreachable Entra is not the token's problem. */
export function createTokenCheck(options: {
  keys: ReturnType<typeof entraKeys>
  tenantId: string
  audiences: string[]
}): TokenCheck {
  const { keys, tenantId, audiences } = options
  // Ends with a slash. v2.0 tokens have another host.
  const issuer = `https://sts.windows.net/${tenantId}/`
  const expected = {
    ...{ algorithms: ['RS256'], issuer, audience: audiences },
    requiredClaims: ['exp'],
  }
  return async (request, refuse) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (token === undefined) throw refuse('missing')
    const { payload } = await jwtVerify(token, keys, expected).catch((error) => {
      throw refuse(problemOf(error))
    })
    const claims = claimsSchema.safeParse(payload)
    if (!claims.success) throw refuse('invalid')
    return claims.data
  }
}

/** Seconds by which Entra backdates `iat`. */
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
