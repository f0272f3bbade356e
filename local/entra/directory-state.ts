/**
 * The directory of one run: questions asked of it, and the few changes that consent and scripts make. Holds a
 * copy, so that nothing done here reaches the data it began with. Knows nothing of tokens or HTTP.
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

  /** Of the very grant: what everyone holds is not the user's. */
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
    /** A copy of everything, to look at. */
    snapshot: () => structuredClone(data),
    reset() {
      data = structuredClone(original)
    },

    app: (clientId: string): AppRegistration | undefined =>
      data.apps.find((app) => app.clientId === clientId || app.documentUrl === clientId),
    /** Whether client ids may be URLs of documents. */
    takesDocuments: (): boolean => data.apps.some(({ documentUrl }) => documentUrl !== undefined),
    /** By an identifier URI, compared char for char, or by client id. */
    resource: (name: string): AppRegistration | undefined =>
      data.apps.find((app) => app.clientId === name || app.identifierUris.includes(name)),
    user: (oidOrUpn: string): User | undefined =>
      data.users.find(({ oid, upn }) => oid === oidOrUpn || upn === oidOrUpn.toLowerCase()),
    users: (): User[] => data.users,
    managedIdentity: (clientId: string) =>
      data.managedIdentities.find((identity) => identity.clientId === clientId),

    /** Those of pre-authorised clients count as granted: nobody is asked for them. */
    grantedScopes: (key: Required<GrantKey>): string[] => [
      ...new Set([...grantsOf(key), ...preAuthorizations(key)].flatMap(({ scopes }) => scopes)),
    ],
    roles: (user: string, resource: string): string[] =>
      data.roleAssignments
        .filter((each) => each.user === user && each.resource === resource)
        .map(({ role }) => role),

    /** Of an application itself, by the object id of its service principal. */
    applicationRoles: (servicePrincipal: string, resource: string): string[] =>
      data.applicationRoles
        .filter((each) => servicePrincipalId(each.client) === servicePrincipal)
        .filter((each) => each.resource === resource)
        .map(({ role }) => role),
    policiesFor: (user: string): Policy[] =>
      data.policies.filter(({ users }) => users === 'everyone' || users.includes(user)),
    authenticationContext: (id: string): AuthenticationContext | undefined =>
      data.authenticationContexts.find((context) => context.id === id),
    /** Takes the place of the user with the same object id. */
    putUser(user: User) {
      data.users = [...data.users.filter(({ oid }) => oid !== user.oid), user]
    },
    /** Takes the place of the registration with the same client id. */
    putApp(app: AppRegistration) {
      data.apps = [...data.apps.filter(({ clientId }) => clientId !== app.clientId), app]
    },
    mayConsent: (user: User): boolean => data.userConsent && user.mayConsent,

    putGrant,
    /** Leaves what was granted before. */
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

/** The object id of an app's service principal; the seed names none, so it follows from the client id. */
export function servicePrincipalId(clientId: string): string {
  const hex = createHash('sha256').update(`service principal ${clientId}`).digest('hex')
  return [8, 4, 4, 4, 12]
    .map((length, index) => hex.slice(index * 12, index * 12 + length))
    .join('-')
}
