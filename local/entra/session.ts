/**
 * Sessions: what a sign-in proved, and when. `uti` leads from a token to its session, by which later requests are
 * judged. conditional-access.ts has the demands.
 */
import type { JWTPayload } from 'jose'
import { backDated } from './access-token.ts'
import type { ClaimsRequest } from './claims-request.ts'
import { isoTime } from './clock.ts'
import { Refusal } from './errors.ts'
import type { Session, Tenant } from './tenant.ts'

/** For a forged token, which has no session, its own claims count. */
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

/** @throws Refusal 50173 when it began before the user's sessions were revoked, or before the requested `nbf` */
export function checkNotRevoked(
  { revocations }: Tenant,
  { user, session, claims }: { user: string; session: Session; claims: ClaimsRequest },
): void {
  const refuse = (validFrom: number, options = {}) => {
    const details = { issued: isoTime(session.began), validFrom: isoTime(validFrom) }
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
