/**
 * Consent in the tenant, for an application with the right app roles or an administrator: service principals, the
 * delegated permissions granted to them (`oauth2PermissionGrants`), and their app roles.
 */
import { createHash } from 'node:crypto'
import type { AccessToken } from './access-token.ts'
import type { EntraAdmin, EntraDirectory } from './entra-admin.ts'
import type { GraphOperation } from './graph.ts'
import { graphNotFound } from './graph-errors.ts'
import { type Entity, lister } from './odata.ts'
import type { Paged } from './paging.ts'
import type { Settings } from './settings.ts'

/** Microsoft Graph, "servicePrincipal", "oAuth2PermissionGrant" and "appRoleAssignment" resource types. */
export function consentOperations(options: {
  directory: EntraAdmin['directory']
  paged: Paged
  settings: () => Settings
}): GraphOperation[] {
  const { directory, paged, settings } = options
  const list = lister({ paged, settings })
  const assignments =
    (of: (found: EntraDirectory, app: App) => Entity[]): GraphOperation['run'] =>
    async (call) => {
      const { id = '' } = call.params
      const found = await directory()
      const app = found.apps.find((each) => each.servicePrincipal === id)
      if (app === undefined) {
        throw graphNotFound('Request_ResourceNotFound', `Resource '${id}' does not exist.`)
      }
      return list(call, of(found, app), 'appRoleAssignment')
    }

  return [
    {
      at: 'servicePrincipals',
      method: 'GET',
      path: /^\/v1\.0\/servicePrincipals$/,
      allows: holdsOneOf('Application.Read.All', 'Directory.Read.All'),
      run: async (call) => list(call, servicePrincipals(await directory()), 'servicePrincipal'),
    },
    {
      at: 'servicePrincipals',
      method: 'GET',
      path: /^\/v1\.0\/servicePrincipals\/(?<id>[^/]+)\/appRoleAssignments$/,
      allows: holdsOneOf('Application.Read.All', 'Directory.Read.All'),
      run: assignments(appRoleAssignments),
    },
    {
      at: 'servicePrincipals',
      method: 'GET',
      path: /^\/v1\.0\/servicePrincipals\/(?<id>[^/]+)\/appRoleAssignedTo$/,
      allows: holdsOneOf('Application.Read.All', 'Directory.Read.All'),
      run: assignments(assignedTo),
    },
    {
      at: 'authenticationContexts',
      method: 'GET',
      path: /^\/v1\.0\/identity\/conditionalAccess\/authenticationContextClassReferences$/,
      allows: readsPolicies,
      run: async (call) =>
        list(
          call,
          (await directory()).authenticationContexts.map(({ id, name }) => ({
            ...{ id, displayName: name, description: null, isAvailable: true },
          })),
          'authenticationContextClassReference',
        ),
    },
    {
      at: 'grants',
      method: 'GET',
      path: /^\/v1\.0\/oauth2PermissionGrants$/,
      allows: holdsOneOf('DelegatedPermissionGrant.Read.All', 'Directory.Read.All'),
      run: async (call) => list(call, permissionGrants(await directory()), 'oAuth2PermissionGrant'),
    },
  ]
}

/** The Azure CLI's scope: allows what the user's directory roles allow (Microsoft Graph permissions reference). */
const asTheUser = 'Directory.AccessAsUser.All'

/** Whether an application holds one of the app roles, or a user signed in with the Azure CLI. */
export const holdsOneOf =
  (...roles: string[]) =>
  (token: AccessToken) =>
    'application' in token
      ? roles.some((role) => token.roles.includes(role))
      : token.scopes.includes(asTheUser)

/** Directory roles alone do not allow this (Microsoft Graph, "List authenticationContextClassReferences"). */
const readsPolicies = (token: AccessToken) => {
  const held = 'application' in token ? token.roles : token.scopes
  return ['Policy.Read.All', 'Policy.Read.ConditionalAccess'].some((it) => held.includes(it))
}

type App = EntraDirectory['apps'][number]

const servicePrincipals = ({ apps, managedIdentities }: EntraDirectory) => [
  ...apps.map(servicePrincipal),
  ...managedIdentities.map(({ clientId, principalId }) => ({
    ...servicePrincipal({ ...nothing, clientId, servicePrincipal: principalId }),
    servicePrincipalType: 'ManagedIdentity',
  })),
]
const nothing = { name: 'identity', identifierUris: [], scopes: [], appRoles: [] }

const servicePrincipal = (
  app: Pick<App, 'clientId' | 'servicePrincipal' | keyof typeof nothing>,
) => ({
  id: app.servicePrincipal,
  appId: app.clientId,
  displayName: app.name,
  servicePrincipalType: 'Application',
  servicePrincipalNames: [app.clientId, ...app.identifierUris],
  oauth2PermissionScopes: app.scopes.map(({ value, description, adminOnly }) => ({
    id: guid(app.clientId, 'scope', value),
    value,
    type: adminOnly ? 'Admin' : 'User',
    isEnabled: true,
    adminConsentDisplayName: description,
  })),
  appRoles: app.appRoles.map((value) => ({
    id: guid(app.clientId, 'role', value),
    value,
    displayName: value,
    isEnabled: true,
    allowedMemberTypes: ['User', 'Application'],
  })),
})

function permissionGrants({ apps, grants }: EntraDirectory) {
  return grants.map(({ client, resource, scopes, user }) => {
    const isForAll = user === 'everyone'
    return {
      id: guid(client, resource, user),
      clientId: principalOf(apps, client),
      consentType: isForAll ? 'AllPrincipals' : 'Principal',
      principalId: isForAll ? null : user,
      resourceId: principalOf(apps, resource),
      scope: scopes.join(' '),
    }
  })
}

function appRoleAssignments({ apps, applicationRoles }: EntraDirectory, holder: App) {
  return applicationRoles
    .filter(({ client }) => client === holder.clientId)
    .map(({ resource, role }) => ({
      id: guid(holder.clientId, resource, role),
      appRoleId: guid(resource, 'role', role),
      principalId: holder.servicePrincipal,
      principalType: 'ServicePrincipal',
      principalDisplayName: holder.name,
      resourceId: principalOf(apps, resource),
      resourceDisplayName: apps.find(({ clientId }) => clientId === resource)?.name ?? null,
    }))
}

/** The users who hold app roles of `resource`. */
const assignedTo = ({ roleAssignments }: EntraDirectory, resource: App) =>
  roleAssignments
    .filter((each) => each.resource === resource.clientId)
    .map(({ user, role }) => ({
      id: guid(user, resource.clientId, role),
      appRoleId: guid(resource.clientId, 'role', role),
      principalId: user,
      principalType: 'User',
      resourceId: resource.servicePrincipal,
      resourceDisplayName: resource.name,
    }))

const principalOf = (apps: App[], clientId: string) =>
  apps.find((app) => app.clientId === clientId)?.servicePrincipal ?? null

/** A GUID derived from `parts`, for ids that the directory does not have. */
export function guid(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join(' ')).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
