/** The authorization server in front of Entra, if OAUTH_CLIENT_ID turns it on: its metadata and app registration. */
import { parseJson } from '../../shared/json.ts'
import { authorizationServer } from '../../shared/oauth/authorization-server.ts'
import * as z from '../../shared/zod.ts'
import type { Check, Finding, Subject } from '../check.ts'
import { graphOf, registrationOf } from '../graph.ts'

export const serverCheck: Check = {
  name: 'authorization_server',
  title: 'Authorization server (OAUTH_CLIENT_ID)',
  async look(subject, say) {
    const services = await subject.services()
    const { settings } = services
    const { oauth } = settings
    const expected = authorizationServer(services, subject.endpoints)?.metadata
    if (!oauth || !expected) {
      say('Off: clients sign in at Entra, with a registration of their own.')
      return []
    }
    const findings = await metadataFindings(subject, expected)
    const app = await registrationOf(await graphOf(subject), oauth.clientId)
    if (!app) return [...findings, unknownApp(oauth.clientId)]
    const uri = `${settings.publicBaseUrl}/oauth/callback`
    if (app.web.redirectUris.includes(uri)) return findings
    return [
      ...findings,
      {
        seen: `${app.displayName} (${oauth.clientId}) has the redirect URIs: ${app.web.redirectUris.join(', ') || 'none'}`,
        expected: `${uri}, under Web; without it every sign-in fails with AADSTS50011`,
        who: 'administrator',
        how: 'azd provision; or App registrations, Authentication, Web: add the redirect URI, as owner or Application Administrator',
      },
    ]
  },
}

async function metadataFindings(
  { origin, fetch }: Subject,
  expected: Record<string, unknown>,
): Promise<Finding[]> {
  const url = `${origin}/.well-known/oauth-authorization-server`
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) })
  const document = z.record(z.string(), z.unknown()).safeParse(parseJson(await response.text()))
  if (!response.ok || !document.success) {
    return [
      {
        seen: `${url} answered ${response.status}`,
        expected: 'The metadata of the authorization server (RFC 8414)',
        who: 'operator',
        how: 'Set OAUTH_CLIENT_ID and restart the app; exclude /.well-known and /oauth in App Service Authentication; behind a gateway, forward both',
      },
    ]
  }
  return Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(document.data[field]) !== JSON.stringify(value))
    .map(([field, value]) => ({
      seen: `${field} ${JSON.stringify(document.data[field])} at ${url}`,
      expected: `${JSON.stringify(value)}${field === 'issuer' ? ', exactly: clients compare it with the URL they used' : ''}`,
      who: 'operator',
      how: 'Set PUBLIC_BASE_URL to the origin that clients use, deploy this folder, and do not rewrite the document in a gateway',
    }))
}

const unknownApp = (clientId: string): Finding => ({
  seen: `There is no app registration ${clientId} in the tenant`,
  expected: 'The registration that signs people in (OAUTH_CLIENT_ID)',
  who: 'operator',
  how: 'Correct OAUTH_CLIENT_ID; azd provision creates the registration',
})
