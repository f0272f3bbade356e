/**
 * Explains errors when connecting a Foundry project, with the command or person that can fix them. Uses only status and
 * code of a refusal.
 */
import type { AzureRefusal, Step } from './azure-api.ts'

/** `message` says what is missing, and how to fix it. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

export type Place = {
  tenantId: string
  /** Resource id of the Foundry project. */
  project: string
  apiClientId: string
  functionApp: string | undefined
}

/** Uses the first row that matches the refusal. */
export function remedyOf(refusal: AzureRefusal, place: Place): Missing {
  const row = rows.find(
    ({ step, status, code }) =>
      (step === undefined || step === refusal.step) &&
      (status === undefined || status === refusal.status) &&
      (code === undefined || code.test(refusal.code)),
  )
  const sentence = row?.say(place) ?? 'Run the command again; it continues where it stopped.'
  return new Missing(`${refusal.message}.\n${sentence}`, { cause: refusal })
}

type Row = { step?: Step; status?: number; code?: RegExp; say: (place: Place) => string }

const rows: Row[] = [
  {
    status: 401,
    say: ({ tenantId }) =>
      `Sign in to the tenant of the deployment and the project: az login --tenant ${tenantId}`,
  },
  {
    step: 'read the project',
    code: /^SubscriptionNotFound$/,
    say: ({ tenantId }) =>
      `Your account cannot see this subscription. Check --project, or sign in with another account: az login --tenant ${tenantId}`,
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
      'Foundry refuses this connection. Check that the project is a Foundry project, not a hub-based one; or enter the values of docs/clients.md in its portal.',
  },
  {
    step: 'read the registration',
    status: 404,
    say: ({ apiClientId, tenantId }) =>
      `There is no app registration ${apiClientId} in tenant ${tenantId}: azd provision creates it, and updates .azure/<environment>/mcp-clients.json.`,
  },
  {
    step: 'read the registration',
    status: 403,
    say: () =>
      'Your account may not read app registrations. An Application Administrator can run this command.',
  },
  {
    step: 'make a client secret',
    code: /^CredentialTypeNotAllowedAsPerAppPolicy$/,
    say: () =>
      `The tenant’s app management policy forbids client secrets, and Foundry supports nothing else. An administrator can exempt "MCP client Foundry" from it (Entra admin center, Application policies).`,
  },
  {
    step: 'make a client secret',
    code: /^CredentialInvalidLifetimeAsPerAppPolicy$/,
    say: () =>
      `The tenant’s app management policy requires shorter-lived secrets. An administrator can exempt "MCP client Foundry" from it (Entra admin center, Application policies).`,
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
    say: () =>
      'Your account may not create app registrations. An Application Developer can run this command.',
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
  'An Application Administrator can make you an owner of the app registration "MCP client Foundry" (Entra admin center, Owners), or run this command.'
