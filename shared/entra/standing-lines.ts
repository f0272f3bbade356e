/** What preflight.ts found, in lines for an operator, each with the link that an administrator needs; none of what is in order. */
import type { Standing } from './preflight.ts'

export const standingLines = (
  standings: readonly Standing[],
  adminLink: (scope: string) => string,
): string[] => standings.flatMap((standing) => line(standing, adminLink) ?? [])

function line(standing: Standing, adminLink: (scope: string) => string): string | undefined {
  const { scope } = standing
  switch (standing.consented) {
    case 'everyone':
      return undefined
    case 'some':
      return `Consent: only some users have consented to ${scope}; the others are asked at their first call. For everybody at once, as an administrator: ${adminLink(scope)}`
    case 'nobody':
      return `Consent: NOBODY has consented to ${scope}, so every call that needs it is refused. As an administrator: ${adminLink(scope)}`
    case 'unknown':
      return `Consent: could not look whether anybody has consented to ${scope} (${standing.why}); to let this app look, grant it Application.Read.All and DelegatedPermissionGrant.Read.All of Microsoft Graph. To consent for everybody, as an administrator: ${adminLink(scope)}`
  }
}
