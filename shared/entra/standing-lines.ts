/** What consent-report.ts found, in lines for an operator, each with the link for an administrator; none of what is in order. */
import type { Standing } from './consent-report.ts'

type Ways = {
  /** Where an administrator consents to a scope for everybody. */
  adminLink: (scope: string) => string
  /** A sentence that says how to look where that was not possible. */
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
      return `Consent: only some users have consented to ${scope}; the others are asked at their first call. For everybody at once, as an administrator: ${adminLink(scope)}`
    case 'nobody':
      return `Consent: NOBODY has consented to ${scope}, so every call that needs it is refused. As an administrator: ${adminLink(scope)}`
    case 'unknown':
      return `Consent: could not look whether anybody has consented to ${scope} (${standing.why}). ${toLook} To consent for everybody, as an administrator: ${adminLink(scope)}`
  }
}
