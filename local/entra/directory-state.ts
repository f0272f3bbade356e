/**
 * The directory of one run: questions asked of it, and the few changes that consent and scripts make. Holds a
 * copy, so that nothing done here reaches the data it began with. Knows nothing of tokens or HTTP.
 */
import { createHash } from 'node:crypto'
import type { AppRegistration, Directory, Grant, RoleAssignment, User } from '../seed.ts'

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

  return {
    tenantId: data.tenantId,
    /** A copy of everything, to look at. */
    snapshot: () => structuredClone(data),
    reset() {
      data = structuredClone(original)
    },

    app: (clientId: string): AppRegistration | undefined =>
      data.apps.find((app) => app.clientId === clientId),
    /** By an identifier URI, compared char for char, or by client id. */
    resource: (name: string): AppRegistration | undefined =>
      data.apps.find((app) => app.clientId === name || app.identifierUris.includes(name)),
    user: (oidOrUpn: string): User | undefined =>
      data.users.find(({ oid, upn }) => oid === oidOrUpn || upn === oidOrUpn.toLowerCase()),
    users: (): User[] => data.users,
    managedIdentity: (clientId: string) =>
      data.managedIdentities.find((identity) => identity.clientId === clientId),

    grantedScopes: (key: Required<GrantKey>): string[] => [
      ...new Set(grantsOf(key).flatMap(({ scopes }) => scopes)),
    ],
    /** Without those granted to everyone. */
    personalScopes: ({ client, resource, user }: Required<GrantKey>): string[] =>
      grantsOf({ client, resource, user })
        .filter((grant) => grant.user === user)
        .flatMap(({ scopes }) => scopes),
    roles: (user: string, resource: string): string[] =>
      data.roleAssignments
        .filter((each) => each.user === user && each.resource === resource)
        .map(({ role }) => role),

    putGrant(grant: Grant) {
      removeGrants(grant)
      data.grants.push(grant)
    },
    removeGrants,
    putRoleAssignment(assignment: RoleAssignment) {
      removeRoleAssignment(assignment)
      data.roleAssignments.push(assignment)
    },
    removeRoleAssignment,
  }
}

/** The object id of an app's service principal; the seed names none, so it follows from the client id. */
export function servicePrincipalId(clientId: string): string {
  const hex = createHash('sha256').update(`service principal ${clientId}`).digest('hex')
  return [8, 4, 4, 4, 12]
    .map((length, index) => hex.slice(index * 12, index * 12 + length))
    .join('-')
}
