/** What Entra's refusal of an exchange means, by its fields and never by its text. */
import type { FailureDetail } from '../failure.ts'
import type { Caller } from './caller.ts'
import type { TokenError } from './network.ts'

export function sortRefusal(body: TokenError, caller: Caller, scope: string): FailureDetail {
  const { error, suberror, error_codes: codes, claims } = body
  const code = codes[0]
  // A policy that blocks may come with claims; no sign-in would satisfy them.
  const blocked = suberror === 'message_only' || codes.includes(53003)
  if (claims && !blocked) {
    return { reason: 'interaction_required', claims, claimsCapable: caller.xms_cc.has('cp1') }
  }
  if (codes.includes(65001) || suberror === 'consent_required' || error === 'consent_required') {
    return { reason: 'consent_required', scope }
  }
  if (codes.includes(500133)) return { reason: 'assertion_expired' }
  if (error === 'invalid_client' || error === 'unauthorized_client') {
    return { reason: 'client_refused', error, code }
  }
  return { reason: 'exchange_refused', error, code }
}
