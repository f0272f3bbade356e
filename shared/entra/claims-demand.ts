/**
 * Turns a demand for more at sign-in into the Failure that the caller's client can handle (OpenID Connect Core §5.5).
 */
import { Failure } from '../failure.ts'
import type { Caller } from './caller.ts'

/** `claims`: Entra's JSON. */
export function claimsDemand(
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
