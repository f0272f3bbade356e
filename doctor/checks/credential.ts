/** That each registration trusts the managed identity by which the app proves itself (federated credential). */
import * as z from '../../shared/zod.ts'
import { type Check, type Finding, NotSeen } from '../check.ts'
import { type Graph, graphOf, principal, registrationOf, where } from '../graph.ts'

export const credentialCheck: Check = {
  name: 'federated_credential',
  title: 'How the app proves itself',
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
    const [identity] = await read(
      `/servicePrincipals${where('appId', credential.clientId)}`,
      principal,
    )
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

/** Milliseconds: renewing takes an administrator, and one of them may be away. */
const soon = 30 * 24 * 60 * 60_000
const words = { passwordCredentials: 'secret', keyCredentials: 'certificate' } as const

/** Which of several the app uses is not told: the last to end counts. */
async function expiry(
  read: Graph,
  clientId: string,
  options: { kind: keyof typeof words; now: number; say: (note: string) => void },
): Promise<Finding[]> {
  const { kind, now, say } = options
  const app = await registrationOf(read, clientId)
  if (!app) throw new NotSeen(`There is no app registration ${clientId}`)
  const what = words[kind]
  const ends = app[kind].map(({ endDateTime }) => Date.parse(endDateTime ?? '9999-12-31'))
  const last = Math.max(...ends)
  const name = `${app.displayName} (${clientId})`
  const on = new Date(last).toISOString().slice(0, 10)
  if (ends.length > 0 && last > now + soon) {
    say(`The ${what} of ${name} ends on ${on}.`)
    return []
  }
  return [
    {
      seen:
        ends.length === 0 ? `${name} has no ${what}` : `The last ${what} of ${name} ends on ${on}`,
      expected: `A ${what} that is good for 30 days at least: Entra refuses the app without (AADSTS7000222)`,
      who: 'administrator',
      how: `App registrations, Certificates & secrets: add a ${what}; the operator puts it into the settings and restarts the app. A managed identity has nothing that ends`,
    },
  ]
}

type Trust = { issuer: string; subject: string; audience: string }

async function findingsOf(read: Graph, clientId: string, expected: Trust): Promise<Finding[]> {
  const app = await registrationOf(read, clientId)
  if (!app) throw new NotSeen(`There is no app registration ${clientId}`)
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
      expected: `One with issuer ${expected.issuer}, subject ${expected.subject} (of the managed identity, to the letter) and audience ${expected.audience}`,
      who: 'administrator',
      how: 'azd provision; or App registrations, Certificates & secrets, Federated credentials, as owner or Application Administrator. It takes some minutes to spread',
    },
  ]
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
