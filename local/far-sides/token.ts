/**
 * Checks that a bearer token was issued by this tenant, for this API, with one of its scopes, to an existing user.
 * Shares no code with the product, whose exchanges it tests.
 */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as z from 'zod'

export type TokenCheck = (
  authorization: string | undefined,
) => Promise<{ upn: string; scopes: string[] } | { problem: string }>

const directorySchema = z.object({
  users: z.array(z.object({ oid: z.string(), upn: z.string(), enabled: z.boolean() })),
})
type User = z.output<typeof directorySchema>['users'][number]

/** Reads the emulator's admin API on every call, so that changes take effect at once. */
export const entraUsers = (entraOrigin: string) => async (): Promise<readonly User[]> =>
  directorySchema.parse(await (await fetch(`${entraOrigin}/admin/state`)).json()).users

/** The tenant's signing keys. Without cooldown, so that a key rotation takes effect at once. */
export const entraKeys = (entraOrigin: string, tenantId: string) =>
  createRemoteJWKSet(new URL(`${entraOrigin}/${tenantId}/discovery/v2.0/keys`), {
    cooldownDuration: 0,
  })

/** A problem is a sentence for the challenge (RFC 6750 §3). */
export function createTokenCheck(options: {
  keys: ReturnType<typeof entraKeys>
  issuer: string
  tenantId: string
  /** The API's client id: `aud` of v2.0 tokens. */
  audience: string
  /** `scp` must contain one of them. */
  scopes: readonly string[]
  /** The current users. */
  users: () => Promise<readonly User[]>
}): TokenCheck {
  const { keys, issuer, tenantId, audience, scopes, users } = options
  const claims = z.object({
    ver: z.literal('2.0'),
    tid: z.literal(tenantId),
    oid: z.string(),
    scp: z.string(),
  })
  const expected = { algorithms: ['RS256'], issuer, audience, requiredClaims: ['exp'] }
  return async (authorization) => {
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? []
    if (token === undefined) return { problem: 'The request has no bearer token.' }
    const verified = await jwtVerify(token, keys, expected).catch((error: Error) => error)
    if (verified instanceof Error)
      return { problem: `The token is not valid: ${verified.message}.` }
    const read = claims.safeParse(verified.payload)
    if (!read.success) return { problem: 'The token is not a v2.0 token of a user of this tenant.' }
    const held = read.data.scp.split(' ')
    if (!scopes.some((scope) => held.includes(scope))) {
      return { problem: `The token lacks the scope ${scopes.join(' or ')}.` }
    }
    const user = (await users()).find(({ oid, enabled }) => oid === read.data.oid && enabled)
    return user
      ? { upn: user.upn, scopes: held }
      : { problem: 'The user does not exist or is disabled.' }
  }
}
