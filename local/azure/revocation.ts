/**
 * Continuous access evaluation: a token issued before its user's sessions were revoked is refused at once, with the
 * claims that a newer one has to meet. Only a client that said it can take that (`cp1`); for others a token lives until
 * it expires.
 */
import type { AccessToken } from './access-token.ts'
import type { EntraAdmin } from './entra-admin.ts'
import { claimsChallenge } from './errors.ts'

export type RevocationCheck = (token: AccessToken) => Promise<void>

/** @returns a function that throws Refusal 401 `insufficient_claims` */
export function createRevocationCheck({
  validFrom,
}: Pick<EntraAdmin, 'validFrom'>): RevocationCheck {
  return async (token) => {
    if (!('user' in token) || !token.claimsCapable) return
    const since = await validFrom(token.user.oid)
    if (since === undefined || token.issued >= since) return
    const nbf = { essential: true, value: String(since) }
    throw claimsChallenge(JSON.stringify({ access_token: { nbf } }))
  }
}
