/**
 * Consent, scope by scope: to this app's calls of the downstream APIs, and to its own scopes that need admin consent,
 * without which their tools refuse all users.
 */
import { graph } from '../../shared/downstreams.ts'
import { adminConsentLink } from '../../shared/entra/consent.ts'
import { consentReport } from '../../shared/entra/consent-report.ts'
import { downstreamsOf } from '../../shared/mcp/define-endpoint.ts'
import * as z from '../../shared/zod.ts'
import { type Check, type Finding, NotSeen } from '../check.ts'
import { graphOf, principalOf, where } from '../graph.ts'
import { scopesOf } from '../scopes.ts'

export const consentCheck: Check = {
  name: 'consent',
  title: 'Consent',
  async look(subject, say) {
    const { settings, authority } = await subject.services()
    const { clientId, publicBaseUrl, oauth } = settings
    const read = await graphOf(subject)
    const ours = await principalOf(read, clientId)
    if (!ours) throw new NotSeen('The API has no service principal in the tenant')
    const adminLink = adminConsentLink({
      ...{ authority, clientId },
      redirectUri: `${publicBaseUrl}/consent/callback`,
    })
    const consents = await consentReport({
      ...{ clientId, fetch: subject.fetch, token: subject.administrator },
      graphBaseUrl: graph.baseUrl(settings),
      graphResource: graph.resource(settings),
    })(downstreamsOf(subject.endpoints).map(({ scope }) => scope(settings)))

    const toOthers = consents.flatMap((found): Finding[] => {
      const { scope, consented } = found
      if (consented === 'unknown') throw new NotSeen(found.why)
      if (consented === 'some')
        say(
          `Only some users have consented to ${scope}; the others will be asked. To consent for all users, open ${adminLink(scope)}`,
        )
      return consented === 'none' ? [noConsent(scope, adminLink(scope))] : []
    })
    const granted = await read(`/oauth2PermissionGrants${where('resourceId', ours.id)}`, grant)
    const isGranted = (value: string) =>
      granted.some(({ scope }) => scope.split(' ').includes(value))
    const toUs = scopesOf(subject.endpoints)
      .filter(({ consent, value }) => consent === 'administrator' && !isGranted(value))
      .map(({ value }) => noGrant(value))
    if (!oauth) return [...toOthers, ...toUs]

    const signIn = await principalOf(read, oauth.clientId)
    const theirs = granted.filter(
      (it) => it.clientId === signIn?.id && it.consentType === 'AllPrincipals',
    )
    const covered = theirs.flatMap(({ scope }) => scope.split(' '))
    for (const { value, consent } of scopesOf(subject.endpoints)) {
      if (consent === 'user' && !covered.includes(value) && signIn)
        say(`Each user consents to ${value} at the first sign-in through ${oauth.clientId}.`)
    }
    return [...toOthers, ...toUs]
  },
}

const grant = z.object({ clientId: z.string(), consentType: z.string(), scope: z.string() })

const noConsent = (scope: string, link: string): Finding => ({
  seen: `No user has consented to ${scope}`,
  expected:
    'Admin consent for all users; without it each user is asked, if the tenant allows user consent',
  who: 'administrator',
  how: `Open ${link}`,
})

const noGrant = (scope: string): Finding => ({
  seen: `No client has been granted ${scope}, which needs admin consent`,
  expected: 'A grant for each client whose users need its tools',
  who: 'administrator',
  how: `Enterprise applications, the client, Permissions: grant admin consent; its registration must request ${scope} first (API permissions)`,
})
