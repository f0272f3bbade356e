/** Registrations of the clients in the settings and the deployment. */
import type { Check, Finding } from '../check.ts'
import { type Graph, graphOf, principalOf, registrationOf } from '../graph.ts'

export const clientsCheck: Check = {
  name: 'clients',
  title: 'Client registrations',
  async look(subject) {
    const { settings } = await subject.services()
    const read = await graphOf(subject)
    const { clientId, allowedClients } = settings
    const { publicClientId } = subject
    const [strangers, ofPublicClient] = await Promise.all([
      Promise.all([...allowedClients].map((id) => unknownClient(read, id))),
      publicClientId === undefined ? [] : publicClient(read, publicClientId),
    ])
    return [
      ...strangers.flat(),
      ...ofPublicClient,
      ...(allowedClients.has(clientId) ? [itself(clientId)] : []),
      ...(publicClientId !== undefined &&
      allowedClients.size > 0 &&
      !allowedClients.has(publicClientId)
        ? [notAllowed(publicClientId)]
        : []),
    ]
  },
}

async function unknownClient(read: Graph, clientId: string): Promise<Finding[]> {
  if (await principalOf(read, clientId)) return []
  return [
    {
      seen: `ENTRA_ALLOWED_CLIENTS contains ${clientId}, which the tenant does not know`,
      expected: 'Client ids of applications in the tenant (application id, not object id)',
      who: 'operator',
      how: 'Correct the id. If it is correct, its application was never used in this tenant: an administrator adds it with az ad sp create --id',
    },
  ]
}

/** Registered by azd. RFC 8252 §7.3: any port, but an exact path. */
const loopback = ['http://localhost/callback', 'http://127.0.0.1/callback']

async function publicClient(read: Graph, clientId: string): Promise<Finding[]> {
  const app = await registrationOf(read, clientId)
  if (!app) {
    return [
      {
        seen: `There is no app registration ${clientId} for public clients`,
        expected: 'The registration "MCP clients" of azd',
        who: 'operator',
        how: 'Run azd provision, which creates it again; clients then need the new id',
      },
    ]
  }
  const missing = loopback.filter((uri) => !app.publicClient.redirectUris.includes(uri))
  if (missing.length === 0) return []
  const isWeb = missing.some((uri) => app.web.redirectUris.includes(uri))
  return [
    {
      seen: `${app.displayName} (${clientId}) lacks the redirect URIs ${missing.join(', ')} of public clients${isWeb ? '; they are under Web, where Entra requires a secret (AADSTS7000218)' : ''}`,
      expected: 'Under "Mobile and desktop applications" (publicClient.redirectUris)',
      who: 'administrator',
      how: 'azd provision; or App registrations, Authentication, Mobile and desktop applications, as owner or Application Administrator',
    },
  ]
}

const itself = (clientId: string): Finding => ({
  seen: `ENTRA_ALLOWED_CLIENTS contains the API itself, ${clientId}`,
  expected: 'Clients only: an application cannot get a user’s token for itself (AADSTS90009)',
  who: 'operator',
  how: 'Remove it. Clients use the id that azd provision prints, or their own',
})

const notAllowed = (clientId: string): Finding => ({
  seen: `The registration for public clients, ${clientId}, is not in ENTRA_ALLOWED_CLIENTS`,
  expected: 'In the list: now its users can sign in, but are then refused (403)',
  who: 'operator',
  how: 'azd provision, or add it to ENTRA_ALLOWED_CLIENTS',
})
