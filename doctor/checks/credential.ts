/** Whether each registration trusts the app's managed identity, or has a secret or certificate that is still valid. */
import * as z from '../../shared/zod.ts'
import { type Check, type Finding, NotSeen } from '../check.ts'
import { type Graph, graphOf, principalOf, registrationOf } from '../graph.ts'

export const credentialCheck: Check = {
  name: 'federated_credential',
  title: 'Credential of the app',
  async look(subject, say) {
    const { settings, authority } = await subject.services()
    const { credential, clientId, oauth } = settings
    const read = await graphOf(subject)
    const registrations = [clientId, ...(oauth ? [oauth.clientId] : [])]
    if (credential.kind !== 'managed_identity') {
      const kind = credential.kind === 'secret' ? 'passwordCredentials' : 'keyCredentials'
      const each = registrations.map((id) => expiry(read, id, { kind, now: subject.now(), say }))
      return (await Promise.all(each)).flat()
    }
    const identity = await principalOf(read, credential.clientId)
    if (!identity) return [unknownIdentity(credential.clientId)]
    const expected = {
      issuer: authority.issuer,
      subject: identity.id,
      audience: tokenExchange(settings.authorityHost),
    }
    const findings = registrations.map((id) => findingsOf(read, id, expected))
    return (await Promise.all(findings)).flat()
  },
}

/** Milliseconds of warning, since an administrator has to renew it. */
const soon = 30 * 24 * 60 * 60_000
const words = { passwordCredentials: 'secret', keyCredentials: 'certificate' } as const

/** The last to expire counts: Graph does not say which of several the app uses. */
async function expiry(
  read: Graph,
  clientId: string,
  options: { kind: keyof typeof words; now: number; say: (note: string) => void },
): Promise<Finding[]> {
  const { kind, now, say } = options
  const app = await existing(read, clientId)
  const what = words[kind]
  const ends = app[kind].map(({ endDateTime }) => Date.parse(endDateTime ?? '9999-12-31'))
  const last = Math.max(...ends)
  const name = `${app.displayName} (${clientId})`
  const on = new Date(last).toISOString().slice(0, 10)
  if (ends.length > 0 && last > now + soon) {
    say(`The ${what} of ${name} expires on ${on}.`)
    return []
  }
  return [
    {
      seen:
        ends.length === 0
          ? `${name} has no ${what}`
          : `The last ${what} of ${name} expires on ${on}`,
      expected: `A ${what} that is valid for at least 30 days: Entra refuses an expired one (AADSTS7000222)`,
      who: 'administrator',
      how: `App registrations, Certificates & secrets: add a ${what}; the operator then changes the settings and restarts the app. A managed identity needs no renewal`,
    },
  ]
}

type Trust = { issuer: string; subject: string; audience: string }

async function findingsOf(read: Graph, clientId: string, expected: Trust): Promise<Finding[]> {
  const app = await existing(read, clientId)
  const credentials = await read(`/applications/${app.id}/federatedIdentityCredentials`, federated)
  const isThere = credentials.some(
    ({ issuer, subject, audiences }) =>
      issuer === expected.issuer &&
      subject === expected.subject &&
      audiences.includes(expected.audience),
  )
  if (isThere) return []
  const seen = credentials.map((it) => `${it.issuer}, ${it.subject}, ${it.audiences}`).join('; ')
  return [
    {
      seen: `${app.displayName} (${clientId}) has the federated credentials: ${seen || 'none'}`,
      expected: `One with issuer ${expected.issuer}, subject ${expected.subject} (of the managed identity; case matters) and audience ${expected.audience}`,
      who: 'administrator',
      how: 'azd provision; or App registrations, Certificates & secrets, Federated credentials, as owner or Application Administrator. It takes some minutes to apply',
    },
  ]
}

async function existing(read: Graph, clientId: string) {
  const app = await registrationOf(read, clientId)
  if (app) return app
  throw new NotSeen(`There is no app registration ${clientId}`)
}

const federated = z.object({
  issuer: z.string(),
  subject: z.string(),
  audiences: z.array(z.string()),
})

const unknownIdentity = (clientId: string): Finding => ({
  seen: `There is no managed identity with the client id ${clientId} in the tenant`,
  expected: 'The identity that is assigned to the function app (ENTRA_MANAGED_IDENTITY_CLIENT_ID)',
  who: 'operator',
  how: 'Set ENTRA_MANAGED_IDENTITY_CLIENT_ID to the client id (not the object id) of the user-assigned identity',
})

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
function tokenExchange(authorityHost: string): string {
  const { hostname } = new URL(authorityHost)
  const cloud = hostname.endsWith('.us') ? 'USGov' : hostname.endsWith('.cn') ? 'China' : ''
  return `api://AzureADTokenExchange${cloud}`
}
