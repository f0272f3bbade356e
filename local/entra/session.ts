/**
 * Sessions: what a sign-in proved, and when. Every token knows the one behind it by `uti`, so that a later request can
 * be judged by it. What is demanded of a session is conditional-access.ts's business.
 */
import type { JWTPayload } from 'jose'
import { backDated } from './access-token.ts'
import type { ClaimsRequest } from './claims-request.ts'
import { Refusal } from './errors.ts'
import type { Session, Tenant } from './tenant.ts'

/** A token that was not issued here (a forged one) is taken at its word. */
export function sessionBehind({ sessions, clock }: Tenant, token: JWTPayload): Session {
  const { uti, iat, amr, acrs } = token
  return (
    sessions.get(String(uti)) ?? {
      began: iat === undefined ? clock.seconds() : iat + backDated,
      mfa: listed(amr).includes('mfa'),
      contexts: listed(acrs),
    }
  )
}

/** AADSTS50173 for one that began before the user's sessions were revoked, or before the `nbf` asked for. */
export function checkNotRevoked(
  { revocations }: Tenant,
  { user, session, claims }: { user: string; session: Session; claims: ClaimsRequest },
): void {
  const refuse = (validFrom: number, options = {}) => {
    const details = { issued: instant(session.began), validFrom: instant(validFrom) }
    throw new Refusal(50173, details, options)
  }
  const { notBefore } = claims
  if (notBefore !== undefined && session.began < notBefore) {
    const nbf = { essential: true, value: String(notBefore) }
    refuse(notBefore, {
      error: 'interaction_required',
      claims: JSON.stringify({ access_token: { nbf } }),
    })
  }
  const validFrom = revocations.get(user)
  if (validFrom !== undefined && session.began < validFrom) refuse(validFrom)
}

const listed = (claim: unknown): string[] => (Array.isArray(claim) ? claim.map(String) : [])

const instant = (seconds: number) => new Date(seconds * 1000).toISOString()
