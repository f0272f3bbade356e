/**
 * Claims challenges (Microsoft, "Claims challenges, claims requests, and client capabilities"): turns claims that a new
 * sign-in has to satisfy into the Failure that the caller's client can handle.
 */
import { Failure } from '../failure.ts'
import type { Caller } from './caller.ts'

/** `claims`: Entra's JSON (OpenID Connect Core §5.5). Only a client with the capability `cp1` gets a challenge. */
export function claimsChallenge(
  { xms_cc, scp }: Caller,
  claims: string,
  options?: ErrorOptions,
): Failure {
  return new Failure(
    xms_cc.has('cp1')
      ? { reason: 'claims_challenged', claims, scopes: [...scp] }
      : { reason: 'claims_unanswerable', claims },
    options,
  )
}

/** The `claims` request for an authentication context. */
export const authContextClaims = (acrs: string): string =>
  JSON.stringify({ access_token: { acrs: { essential: true, value: acrs } } })
