/**
 * Continuous access evaluation: refuses a token that was issued before the user's sessions were revoked, with the claims
 * for a new one. Applies only to clients with the capability `cp1`; other clients' tokens are valid until they expire.
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
