/**
 * The directory of one run: lookups, and the changes that consent and scripts make. Works on a copy, so that the seed
 * stays as it is. Knows nothing of tokens or HTTP.
 */
import { createHash } from 'node:crypto'
import type {
  ApplicationRole,
  AppRegistration,
  AuthenticationContext,
  Directory,
  Grant,
  Policy,
  RoleAssignment,
  User,
} from '../seed.ts'

type GrantKey = { client: string; resource: string; user?: string }

export type DirectoryState = ReturnType<typeof createDirectoryState>

/** `original` is copied. */
export function createDirectoryState(original: Directory) {
  let data = structuredClone(original)

  const grantsOf = ({ client, resource, user }: Required<GrantKey>) =>
    data.grants.filter(
      (grant) =>
        grant.client === client &&
        grant.resource === resource &&
        (grant.user === user || grant.user === 'everyone'),
    )

  const preAuthorizations = ({ client, resource }: GrantKey) =>
    data.apps
      .filter(({ clientId }) => clientId === resource)
      .flatMap(({ preAuthorized }) => preAuthorized)
      .filter(({ clientId }) => clientId === client)

  const removeGrants = ({ client, resource, user }: GrantKey) => {
    data.grants = data.grants.filter(
      (grant) =>
        grant.client !== client ||
        grant.resource !== resource ||
        (user !== undefined && grant.user !== user),
    )
  }

  const removeRoleAssignment = ({ user, resource, role }: RoleAssignment) => {
    data.roleAssignments = data.roleAssignments.filter(
      (each) => each.user !== user || each.resource !== resource || each.role !== role,
    )
  }

  /** Of exactly this grant: a grant to everyone is not the user's own. */
  const scopesOf = (key: Required<GrantKey>): string[] =>
    grantsOf(key)
      .filter(({ user }) => user === key.user)
      .flatMap(({ scopes }) => scopes)

  const putGrant = (grant: Grant) => {
    removeGrants(grant)
    data.grants.push(grant)
  }

  const removeApplicationRole = ({ client, resource, role }: ApplicationRole) => {
    data.applicationRoles = data.applicationRoles.filter(
      (each) => each.client !== client || each.resource !== resource || each.role !== role,
    )
  }

  const removePolicy = (id: string) => {
    data.policies = data.policies.filter((policy) => policy.id !== id)
  }

  const removeAuthenticationContext = (id: string) => {
    data.authenticationContexts = data.authenticationContexts.filter((each) => each.id !== id)
  }

  return {
    tenantId: data.tenantId,
    /** A copy of everything. */
    snapshot: () => structuredClone(data),
    reset() {
      data = structuredClone(original)
    },

    app: (clientId: string): AppRegistration | undefined =>
      data.apps.find((app) => app.clientId === clientId || app.documentUrl === clientId),
    /** Whether a client id may be the URL of a metadata document. */
    takesDocuments: (): boolean => data.apps.some(({ documentUrl }) => documentUrl !== undefined),
    /** By identifier URI (compared exactly) or client id. */
    resource: (name: string): AppRegistration | undefined =>
      data.apps.find((app) => app.clientId === name || app.identifierUris.includes(name)),
    user: (oidOrUpn: string): User | undefined =>
      data.users.find(({ oid, upn }) => oid === oidOrUpn || upn === oidOrUpn.toLowerCase()),
    users: (): User[] => data.users,
    managedIdentity: (clientId: string) =>
      data.managedIdentities.find((identity) => identity.clientId === clientId),

    /** Scopes of pre-authorized clients count as granted: Entra shows no consent page for them. */
    grantedScopes: (key: Required<GrantKey>): string[] => [
      ...new Set([...grantsOf(key), ...preAuthorizations(key)].flatMap(({ scopes }) => scopes)),
    ],
    roles: (user: string, resource: string): string[] =>
      data.roleAssignments
        .filter((each) => each.user === user && each.resource === resource)
        .map(({ role }) => role),

    /** App roles that an application itself holds, by the object id of its service principal. */
    applicationRoles: (servicePrincipal: string, resource: string): string[] =>
      data.applicationRoles
        .filter((each) => servicePrincipalId(each.client) === servicePrincipal)
        .filter((each) => each.resource === resource)
        .map(({ role }) => role),
    policiesFor: (user: string): Policy[] =>
      data.policies.filter(({ users }) => users === 'everyone' || users.includes(user)),
    authenticationContext: (id: string): AuthenticationContext | undefined =>
      data.authenticationContexts.find((context) => context.id === id),
    /** Replaces the user with the same object id. */
    putUser(user: User) {
      data.users = [...data.users.filter(({ oid }) => oid !== user.oid), user]
    },
    /** Replaces the registration with the same client id. */
    putApp(app: AppRegistration) {
      data.apps = [...data.apps.filter(({ clientId }) => clientId !== app.clientId), app]
    },
    mayConsent: (user: User): boolean => data.userConsent && user.mayConsent,

    putGrant,
    /** Keeps the scopes granted before. */
    addToGrant({ scopes, ...key }: Grant) {
      putGrant({ ...key, scopes: [...new Set([...scopesOf(key), ...scopes])] })
    },
    removeGrants,
    putRoleAssignment(assignment: RoleAssignment) {
      removeRoleAssignment(assignment)
      data.roleAssignments.push(assignment)
    },
    removeRoleAssignment,
    putApplicationRole(role: ApplicationRole) {
      removeApplicationRole(role)
      data.applicationRoles.push(role)
    },
    removeApplicationRole,
    putPolicy(policy: Policy) {
      removePolicy(policy.id)
      data.policies.push(policy)
    },
    removePolicy,
    putAuthenticationContext(context: AuthenticationContext) {
      removeAuthenticationContext(context.id)
      data.authenticationContexts.push(context)
    },
    removeAuthenticationContext,
    setUserConsent(allowed: boolean) {
      data.userConsent = allowed
    },
  }
}

/** The object id of an app's service principal, derived from the client id, since the seed has none. */
export function servicePrincipalId(clientId: string): string {
  const hex = createHash('sha256').update(`service principal ${clientId}`).digest('hex')
  return [8, 4, 4, 4, 12]
    .map((length, index) => hex.slice(index * 12, index * 12 + length))
    .join('-')
}
