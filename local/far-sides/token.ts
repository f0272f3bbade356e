/**
 * Whether a bearer token was issued by this tenant, for this API, with a scope of it, to a user who exists: what every
 * API behind has to check. Shares no code with the product, whose exchanges it judges.
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

/** Over the emulator's admin API, so that a change is seen at once. */
export const entraUsers = (entraOrigin: string) => async (): Promise<readonly User[]> =>
  directorySchema.parse(await (await fetch(`${entraOrigin}/admin/state`)).json()).users

/** Fetched again at once for an unknown `kid`, so that a rotation needs no waiting. */
export const entraKeys = (entraOrigin: string, tenantId: string) =>
  createRemoteJWKSet(new URL(`${entraOrigin}/${tenantId}/discovery/v2.0/keys`), {
    cooldownDuration: 0,
  })

export function createTokenCheck(options: {
  keys: ReturnType<typeof entraKeys>
  issuer: string
  tenantId: string
  /** Client id of the API: `aud` of v2.0 tokens. */
  audience: string
  /** One of them has to be in `scp`. */
  scopes: readonly string[]
  /** As they are now. */
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
    if (token === undefined) return { problem: 'No bearer token came.' }
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
