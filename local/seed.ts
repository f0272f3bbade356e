/**
 * Who and what exists in the local stack: one tenant with its users, app registrations, consent grants and role
 * assignments. Pure data; the emulators copy it, so that nothing done to one run is left in it. Knows nothing of
 * how the emulators work.
 */

export type User = {
  /** Object id, a GUID. */
  oid: string
  upn: string
  name: string
  enabled: boolean
}

export type Scope = {
  /** Short name, as it stands in `scp`. */
  value: string
  description: string
  /** Only an administrator may consent to it. */
  adminOnly: boolean
}

export type AppRegistration = {
  /** Application id, a GUID. */
  clientId: string
  name: string
  /** RFC 8707 `resource` values and scope prefixes this app answers to; none for a mere client. */
  identifierUris: string[]
  /** `api.requestedAccessTokenVersion`: the form of access tokens issued FOR this app. */
  accessTokenVersion: 1 | 2
  scopes: Scope[]
  appRoles: string[]
  /** Optional access-token claims that it asks for. */
  optionalClaims: ('xms_cc' | 'idtyp')[]
  /** Public clients prove themselves by PKCE alone and may not send a secret (AADSTS700025). */
  publicClient: boolean
  /** Loopback URIs match on any port (RFC 8252 §7.3); the path exactly. */
  redirectUris: string[]
  secrets: string[]
  /** PEM certificates whose key may sign client assertions. */
  certificates: string[]
  federatedCredentials: { issuer: string; subject: string; audience: string }[]
}

/** Delegated consent: `client` may act for `user` (or for everyone) on `resource` with these scopes. */
export type Grant = {
  client: string
  resource: string
  scopes: string[]
  user: string | 'everyone'
}

/** `user` holds app role `role` of `resource`. */
export type RoleAssignment = { user: string; resource: string; role: string }

export type ManagedIdentity = { clientId: string; principalId: string }

/** What exists in Entra. Users, clients and resources are named by `oid` and `clientId`. */
export type Directory = {
  tenantId: string
  users: User[]
  apps: AppRegistration[]
  grants: Grant[]
  roleAssignments: RoleAssignment[]
  managedIdentities: ManagedIdentity[]
}

export type Subscription = {
  id: string
  name: string
  /** ISO 4217. */
  currency: string
  /** `oid`s of those who hold Cost Management Reader on it. */
  readers: string[]
}

export const tenantId = '11111111-1111-4111-8111-111111111111'

const user = (digit: string, name: string): User => ({
  oid: `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`,
  upn: `${name.toLowerCase()}@contoso.example`,
  name,
  enabled: true,
})
export const alice = user('a', 'Alice')
export const bob = user('b', 'Bob')
export const carol = user('c', 'Carol')

const subscription = (
  digit: number,
  name: string,
  currency: string,
  readers: User[],
): Subscription => ({
  id: `5000000${digit}-0000-4000-8000-00000000000${digit}`,
  name,
  currency,
  readers: readers.map(({ oid }) => oid),
})
/** Nobody can read the last two: what no local user may ever see. */
export const subscriptions: Subscription[] = [
  subscription(1, 'Contoso Production', 'EUR', [alice]),
  subscription(2, 'Contoso Staging', 'EUR', [alice]),
  subscription(3, 'Contoso Data Platform', 'USD', [alice]),
  subscription(4, 'Fabrikam Retail', 'USD', [bob]),
  subscription(5, 'Contoso Treasury', 'EUR', []),
  subscription(6, 'Contoso Research', 'GBP', []),
]

const blankApp = {
  identifierUris: [],
  accessTokenVersion: 2,
  scopes: [],
  appRoles: [],
  optionalClaims: [],
  publicClient: false,
  redirectUris: [],
  secrets: [],
  certificates: [],
  federatedCredentials: [],
} satisfies Partial<AppRegistration>

/** Microsoft's own first-party ids, the same in every tenant. */
export const armClientId = '797f4846-ba00-4fd7-ba43-dac1f8f63013'
export const graphClientId = '00000003-0000-0000-c000-000000000000'

const arm: AppRegistration = {
  ...blankApp,
  clientId: armClientId,
  name: 'Windows Azure Service Management API',
  identifierUris: ['https://management.azure.com', 'https://management.core.windows.net'].flatMap(
    (uri) => [uri, `${uri}/`],
  ),
  accessTokenVersion: 1,
  scopes: [{ value: 'user_impersonation', description: 'Access Azure as you', adminOnly: false }],
}

const graph: AppRegistration = {
  ...blankApp,
  clientId: graphClientId,
  name: 'Microsoft Graph',
  identifierUris: ['https://graph.microsoft.com', 'https://graph.microsoft.com/'],
  accessTokenVersion: 1,
  scopes: [
    { value: 'User.Read', description: 'Sign you in and read your profile', adminOnly: false },
    { value: 'openid', description: 'Sign you in', adminOnly: false },
    { value: 'profile', description: 'View your basic profile', adminOnly: false },
    { value: 'email', description: 'View your email address', adminOnly: false },
    { value: 'offline_access', description: 'Keep the access you gave it', adminOnly: false },
  ],
}

const api = (appOrigin: string): AppRegistration => ({
  ...blankApp,
  clientId: 'a0000000-0000-4000-8000-00000000000a',
  name: 'Contoso MCP servers',
  identifierUris: [`${appOrigin}/mcp/cost`],
  scopes: [
    { value: 'cost.read', description: 'Read Azure costs as you', adminOnly: false },
    { value: 'cost.export', description: 'Export cost details as you', adminOnly: true },
  ],
  appRoles: ['Cost.Exporter'],
  optionalClaims: ['xms_cc', 'idtyp'],
  redirectUris: [`${appOrigin}/consent/callback`],
  secrets: ['local-api-secret'],
})

const publicClient: AppRegistration = {
  ...blankApp,
  clientId: 'c0000000-0000-4000-8000-00000000000a',
  name: 'MCP client (public)',
  publicClient: true,
  redirectUris: ['localhost', '127.0.0.1'].flatMap((host) =>
    ['/', '/callback', '/oauth/callback'].map((path) => `http://${host}${path}`),
  ),
}

const confidentialClient: AppRegistration = {
  ...blankApp,
  clientId: 'c0000000-0000-4000-8000-00000000000b',
  name: 'MCP client (confidential)',
  redirectUris: publicClient.redirectUris,
  secrets: ['local-client-secret'],
}

/** The directory as `npm start` serves it. `appOrigin`: where the function app is, without trailing slash. */
export function directory(appOrigin: string): Directory {
  const ours = api(appOrigin)
  const clients = [publicClient, confidentialClient]
  return {
    tenantId,
    users: [alice, bob, carol],
    apps: [ours, publicClient, confidentialClient, arm, graph],
    grants: [
      {
        client: ours.clientId,
        resource: armClientId,
        scopes: ['user_impersonation'],
        user: 'everyone',
      },
      { client: ours.clientId, resource: graphClientId, scopes: ['User.Read'], user: 'everyone' },
      ...clients.flatMap((client): Grant[] => [
        {
          client: client.clientId,
          resource: ours.clientId,
          scopes: ['cost.read'],
          user: 'everyone',
        },
        {
          client: client.clientId,
          resource: ours.clientId,
          scopes: ['cost.export'],
          user: alice.oid,
        },
      ]),
    ],
    roleAssignments: [{ user: alice.oid, resource: ours.clientId, role: 'Cost.Exporter' }],
    managedIdentities: [
      {
        clientId: 'd0000000-0000-4000-8000-00000000000a',
        principalId: 'd0000000-0000-4000-8000-00000000000b',
      },
    ],
  }
}

export const clients = {
  api: { clientId: 'a0000000-0000-4000-8000-00000000000a', secret: 'local-api-secret' },
  public: publicClient,
  confidential: confidentialClient,
}
