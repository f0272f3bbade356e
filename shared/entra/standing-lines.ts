/**
 * Puts the findings of consent-report.ts in lines for an operator, each with the link for an administrator. Scopes with
 * consent get no line.
 */
import type { Standing } from './consent-report.ts'

type Ways = {
  /** The link where an administrator consents to a scope for all users. */
  adminLink: (scope: string) => string
  /** A sentence that says how to check consent where the app could not. */
  toLook: string
}

export const standingLines = (standings: readonly Standing[], ways: Ways): string[] =>
  standings.flatMap((standing) => line(standing, ways) ?? [])

function line(standing: Standing, { adminLink, toLook }: Ways): string | undefined {
  const { scope } = standing
  switch (standing.consented) {
    case 'everyone':
      return undefined
    case 'some':
      return `Consent: only some users have consented to ${scope}; other users are asked at their first call. To consent for all users, as an administrator: ${adminLink(scope)}`
    case 'none':
      return `Consent: NO USER has consented to ${scope}, so every call that needs it is refused. To consent for all users, as an administrator: ${adminLink(scope)}`
    case 'unknown':
      return `Consent: could not check whether users have consented to ${scope} (${standing.why}). ${toLook} To consent for all users, as an administrator: ${adminLink(scope)}`
  }
}
