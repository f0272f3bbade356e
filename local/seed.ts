/**
 * The local stack's data: one tenant with its users, app registrations, consent grants and role assignments. The
 * functions' scopes, roles and APIs come from infra/permissions.json, as in a deployment. Pure data, which the emulators
 * copy.
 */
import { createHash } from 'node:crypto'
import permissions from '../infra/permissions.json' with { type: 'json' }
import type { AppRegistration, Directory, Grant, Policy, Subscription, User } from './model.ts'

export type * from './model.ts'

export const tenantId = '11111111-1111-4111-8111-111111111111'

const user = (digit: string, name: string): User => ({
  oid: `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`,
  upn: `${name.toLowerCase()}@contoso.example`,
  name,
  enabled: true,
  mayConsent: true,
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
/** No local user may read the last two. */
export const subscriptions: Subscription[] = [
  subscription(1, 'Contoso Production', 'EUR', [alice]),
  subscription(2, 'Contoso Staging', 'EUR', [alice]),
  subscription(3, 'Contoso Data Platform', 'USD', [alice]),
  subscription(4, 'Fabrikam Retail', 'USD', [bob]),
  subscription(5, 'Contoso Treasury', 'EUR', []),
  subscription(6, 'Contoso Research', 'GBP', []),
]

/** Entra's defaults, but with v2.0 tokens. */
export const blankApp = {
  identifierUris: [],
  accessTokenVersion: 2,
  scopes: [],
  appRoles: [],
  preAuthorized: [],
  requires: [],
  continuousAccess: false,
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
  continuousAccess: true,
  optionalClaims: ['xms_cc'],
  scopes: [{ value: 'user_impersonation', description: 'Access Azure as you', adminOnly: false }],
}

const graph: AppRegistration = {
  ...blankApp,
  clientId: graphClientId,
  name: 'Microsoft Graph',
  identifierUris: ['https://graph.microsoft.com', 'https://graph.microsoft.com/'],
  accessTokenVersion: 1,
  continuousAccess: true,
  optionalClaims: ['xms_cc'],
  appRoles: ['Application.Read.All', 'DelegatedPermissionGrant.Read.All', 'Directory.Read.All'],
  scopes: [
    { value: 'User.Read', description: 'Sign you in and read your profile', adminOnly: false },
    { value: 'User.ReadBasic.All', description: 'Read names of all users', adminOnly: false },
    { value: 'User.ReadWrite', description: 'Read and change your profile', adminOnly: false },
    { value: 'GroupMember.Read.All', description: 'Read group memberships', adminOnly: true },
    { value: 'openid', description: 'Sign you in', adminOnly: false },
    { value: 'profile', description: 'View your basic profile', adminOnly: false },
    { value: 'email', description: 'View your email address', adminOnly: false },
    {
      value: 'offline_access',
      description: 'Maintain access to data you have given it access to',
      adminOnly: false,
    },
  ],
}

export const notesResource = 'api://contoso-notes'

/** The MCP server of local/notes/. Users consent to the second scope when a tool needs it. */
export const notesApp: AppRegistration = {
  ...blankApp,
  clientId: 'b0000000-0000-4000-8000-0000000000a1',
  name: 'Contoso Notes',
  identifierUris: [notesResource],
  scopes: [
    { value: 'Notes.Use', description: 'Use your notes', adminOnly: false },
    { value: 'Notes.Share', description: 'Share your notes', adminOnly: false },
  ],
}

/** The other APIs that the functions call, which far-sides/ emulates. */
const ownApis: AppRegistration[] = permissions.downstream
  .filter(({ resource }) => ![arm, graph].some((it) => it.identifierUris.includes(resource)))
  .map(({ name, resource, appId, scopes }) =>
    resource === notesResource
      ? notesApp
      : {
          ...blankApp,
          clientId: appId || clientIdOf(resource),
          name,
          identifierUris: [resource],
          scopes: scopes.map(({ value }) => ({
            value,
            description: `Use ${name} as you`,
            adminOnly: false,
          })),
        },
  )

/** The same on every start. */
function clientIdOf(resource: string): string {
  const digits = createHash('sha256').update(resource).digest('hex').slice(0, 12)
  return `b0000000-0000-4000-8000-${digits}`
}

const apiClientId = 'a0000000-0000-4000-8000-00000000000a'

const scopesFor = (consent: string) =>
  permissions.scopes.filter((it) => it.consent === consent).map(({ value }) => value)

const api = (appOrigin: string): AppRegistration => ({
  ...blankApp,
  clientId: apiClientId,
  name: 'Contoso MCP servers',
  identifierUris: permissions.endpoints.map(({ name }) => `${appOrigin}/mcp/${name}`),
  scopes: permissions.scopes.map(({ value, title, consent }) => ({
    value,
    description: title,
    adminOnly: consent === 'administrator',
  })),
  appRoles: permissions.appRoles.map(({ value }) => value),
  requires: permissions.downstream.flatMap(({ resource, scopes }) =>
    [arm, graph, ...ownApis]
      .filter(({ identifierUris }) => identifierUris.includes(resource))
      .map(({ clientId }) => ({ resource: clientId, scopes: scopes.map(({ value }) => value) })),
  ),
  optionalClaims: ['xms_cc', 'idtyp'],
  redirectUris: [`${appOrigin}/consent/callback`],
  secrets: ['local-api-secret'],
})

const publicClient: AppRegistration = {
  ...blankApp,
  clientId: 'c0000000-0000-4000-8000-00000000000a',
  name: 'MCP client (public)',
  publicClient: true,
  requires: [{ resource: apiClientId, scopes: permissions.scopes.map(({ value }) => value) }],
  redirectUris: ['localhost', '127.0.0.1'].flatMap((host) =>
    ['/', '/callback', '/oauth/callback'].map((path) => `http://${host}${path}`),
  ),
}

const confidentialClient: AppRegistration = {
  ...blankApp,
  clientId: 'c0000000-0000-4000-8000-00000000000b',
  name: 'MCP client (confidential)',
  requires: publicClient.requires,
  redirectUris: publicClient.redirectUris,
  secrets: ['local-client-secret'],
}

/** The authorization server's registration, which signs people in for clients without one. */
const signInClient = (appOrigin: string): AppRegistration => ({
  ...blankApp,
  clientId: 'c0000000-0000-4000-8000-00000000000c',
  name: 'Contoso MCP servers (sign-in)',
  requires: publicClient.requires,
  redirectUris: [`${appOrigin}/oauth/callback`],
  secrets: ['local-sign-in-secret'],
})

export const carolNeedsMfa: Policy = {
  id: 'e0000000-0000-4000-8000-00000000000a',
  resource: armClientId,
  users: [carol.oid],
  require: 'mfa',
}

/** The directory that `npm start` serves. @param appOrigin the function app's origin, without trailing slash */
export function directory(appOrigin: string): Directory {
  const ours = api(appOrigin)
  const signIn = signInClient(appOrigin)
  const clients = [publicClient, confidentialClient, signIn]
  return {
    tenantId,
    users: [alice, bob, carol],
    apps: [ours, publicClient, confidentialClient, signIn, arm, graph, ...ownApis],
    grants: [
      ...ours.requires.map((required): Grant => {
        return { client: ours.clientId, ...required, user: 'everyone' }
      }),
      ...clients.flatMap((client): Grant[] => [
        {
          client: client.clientId,
          resource: ours.clientId,
          scopes: scopesFor('user'),
          user: 'everyone',
        },
        {
          client: client.clientId,
          resource: ours.clientId,
          scopes: scopesFor('administrator'),
          user: alice.oid,
        },
      ]),
    ],
    roleAssignments: ours.appRoles.map((role) => {
      return { user: alice.oid, resource: ours.clientId, role }
    }),
    // For the consent report, which compares the scopes in use with the tenant's grants.
    applicationRoles: ['Application.Read.All', 'DelegatedPermissionGrant.Read.All'].map((role) => ({
      client: ours.clientId,
      resource: graphClientId,
      role,
    })),
    policies: [carolNeedsMfa],
    authenticationContexts: [{ id: 'c1', name: 'Recent MFA', require: 'mfa' }],
    userConsent: true,
    managedIdentities: [
      {
        clientId: 'd0000000-0000-4000-8000-00000000000a',
        principalId: 'd0000000-0000-4000-8000-00000000000b',
      },
    ],
  }
}

export const clients = {
  api: { clientId: apiClientId, secret: 'local-api-secret' },
  public: publicClient,
  confidential: confidentialClient,
  signIn: { clientId: 'c0000000-0000-4000-8000-00000000000c', secret: 'local-sign-in-secret' },
}
