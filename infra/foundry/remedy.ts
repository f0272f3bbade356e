/**
 * What is missing when connecting a Foundry project, and which command or person can fix it. Reads status and code of
 * a refusal only: what Azure writes beside them may repeat what was sent.
 */
import type { AzureRefusal, Step } from './azure-api.ts'

/** Something is missing; `message` says what, and how to fix it. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

export type Place = {
  tenantId: string
  /** Resource id. */
  project: string
  apiClientId: string
  functionApp: string | undefined
}

/** A sentence for everything that can be refused; the first row that fits holds. */
export function remedyOf(refusal: AzureRefusal, place: Place): Missing {
  const row = rows.find(
    ({ step, status, code }) =>
      (step === undefined || step === refusal.step) &&
      (status === undefined || status === refusal.status) &&
      (code === undefined || code.test(refusal.code)),
  )
  const sentence = row?.say(place) ?? 'Run the command again. It continues where it stopped.'
  return new Missing(`${refusal.message}.\n${sentence}`, { cause: refusal })
}

type Row = { step?: Step; status?: number; code?: RegExp; say: (place: Place) => string }

const rows: Row[] = [
  {
    status: 401,
    say: ({ tenantId }) => `Sign in to the tenant of both sides: az login --tenant ${tenantId}`,
  },
  {
    step: 'read the project',
    code: /^SubscriptionNotFound$/,
    say: ({ tenantId }) =>
      `Your account has no such subscription. Check --project, or sign in with another account: az login --tenant ${tenantId}`,
  },
  {
    step: 'read the project',
    status: 404,
    say: ({ project }) =>
      `There is no project ${project}. Find its id: az resource list --resource-type Microsoft.CognitiveServices/accounts/projects --query [].id`,
  },
  {
    step: 'read the project',
    status: 403,
    say: ({ project }) => grantRole('Reader', project),
  },
  {
    step: 'read the connection',
    status: 403,
    say: ({ project }) => grantRole('Cognitive Services Contributor', project),
  },
  {
    step: 'write the connection',
    status: 403,
    say: ({ project }) => grantRole('Cognitive Services Contributor', project),
  },
  {
    step: 'write the connection',
    status: 400,
    say: () =>
      'Foundry refuses this connection. Is the project a Foundry project (not a hub-based one)? You can also enter the values of docs/clients.md in its portal.',
  },
  {
    step: 'read the registration',
    status: 404,
    say: ({ apiClientId, tenantId }) =>
      `There is no app registration ${apiClientId} in tenant ${tenantId}: azd provision makes it, and .azure/<environment>/mcp-clients.json then names it.`,
  },
  {
    step: 'read the registration',
    status: 403,
    say: () => 'You may not read app registrations; an Application Administrator can run this.',
  },
  {
    step: 'make a client secret',
    code: /^CredentialTypeNotAllowedAsPerAppPolicy$/,
    say: () =>
      `The tenant’s app management policy forbids client secrets, and Foundry takes nothing else. An administrator can exempt "MCP client Foundry" from it (Entra admin center, Application policies).`,
  },
  {
    step: 'make a client secret',
    code: /^CredentialInvalidLifetimeAsPerAppPolicy$/,
    say: () =>
      `The tenant’s app management policy wants shorter-lived secrets. An administrator can exempt "MCP client Foundry" from it (Entra admin center, Application policies).`,
  },
  {
    step: 'make a client secret',
    status: 403,
    say: () => ownRegistration,
  },
  {
    step: 'add the redirect URI',
    status: 403,
    say: () => ownRegistration,
  },
  {
    step: 'make the registration',
    status: 403,
    say: () => 'You may not make app registrations; an Application Developer can run this.',
  },
  {
    step: 'read the app settings',
    status: 403,
    say: ({ functionApp }) => grantRole('Website Contributor', functionApp ?? ''),
  },
  {
    step: 'write the app settings',
    status: 403,
    say: ({ functionApp }) => grantRole('Website Contributor', functionApp ?? ''),
  },
  {
    step: 'remove a client secret',
    say: () =>
      'The connection works, but an app registration of this deployment still has an older secret. Run the command again, or delete the secret in the Entra admin center.',
  },
]

const grantRole = (role: string, project: string) =>
  `Its owner can give you the role: az role assignment create --role "${role}" --assignee <your sign-in name> --scope ${project}`

const ownRegistration =
  'An Application Administrator can make you an owner of the app registration "MCP client Foundry" (Entra admin center, Owners), or run this.'
