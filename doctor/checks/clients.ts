/** Registrations of the clients that the settings and the deployment name. */
import type { Check, Finding } from '../check.ts'
import { type Graph, graphOf, principal, registrationOf, where } from '../graph.ts'

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
  const found = await read(`/servicePrincipals${where('appId', clientId)}`, principal)
  if (found.length > 0) return []
  return [
    {
      seen: `ENTRA_ALLOWED_CLIENTS names ${clientId}, which the tenant does not know`,
      expected: 'Client ids of applications in the tenant (application id, not object id)',
      who: 'operator',
      how: 'Correct the id. If it is right, its application has never been used here: an administrator adds it by az ad sp create --id',
    },
  ]
}

/** Registered by azd; RFC 8252 §7.3: any port, the path to the letter. */
const loopback = ['http://localhost/callback', 'http://127.0.0.1/callback']

async function publicClient(read: Graph, clientId: string): Promise<Finding[]> {
  const app = await registrationOf(read, clientId)
  if (!app) {
    return [
      {
        seen: `There is no app registration ${clientId} for public clients`,
        expected: 'The one that azd made ("MCP clients")',
        who: 'operator',
        how: 'azd provision makes it anew; clients then need its new id',
      },
    ]
  }
  const missing = loopback.filter((uri) => !app.publicClient.redirectUris.includes(uri))
  if (missing.length === 0) return []
  const isWeb = missing.some((uri) => app.web.redirectUris.includes(uri))
  return [
    {
      seen: `${app.displayName} (${clientId}) lacks the redirect URIs ${missing.join(', ')} of public clients${isWeb ? '; they stand under Web, where Entra asks for a secret (AADSTS7000218)' : ''}`,
      expected: 'Under "Mobile and desktop applications" (publicClient.redirectUris)',
      who: 'administrator',
      how: 'azd provision; or App registrations, Authentication, Mobile and desktop applications, as owner or Application Administrator',
    },
  ]
}

const itself = (clientId: string): Finding => ({
  seen: `ENTRA_ALLOWED_CLIENTS names the API itself, ${clientId}`,
  expected: 'Clients: an application cannot get a token to itself for a user (AADSTS90009)',
  who: 'operator',
  how: 'Remove it; clients use the id that azd provision prints, or one of their own',
})

const notAllowed = (clientId: string): Finding => ({
  seen: `The registration for public clients, ${clientId}, is not in ENTRA_ALLOWED_CLIENTS`,
  expected: 'In the list: its users sign in and are then refused (403)',
  who: 'operator',
  how: 'azd provision, or add it to ENTRA_ALLOWED_CLIENTS',
})
