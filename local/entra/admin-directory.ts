/** Lets scripts change the tenant's directory. An invalid argument throws an Error that names it. */
import * as z from 'zod'
import type {
  ApplicationRole,
  AppRegistration,
  AuthenticationContext,
  Grant,
  Policy,
  RoleAssignment,
  User,
} from '../seed.ts'
import { blankApp } from '../seed.ts'
import type { DirectoryState } from './directory-state.ts'

const scope = z.strictObject({ value: z.string(), description: z.string(), adminOnly: z.boolean() })
const federatedCredential = z.strictObject({
  issuer: z.string(),
  subject: z.string(),
  audience: z.string(),
})
const required = z.strictObject({ resource: z.string(), scopes: z.array(z.string()) })
/** Every property of an app registration may change except its client id. */
export const appPatchSchema = z.strictObject({
  name: z.string().exactOptional(),
  identifierUris: z.array(z.string()).exactOptional(),
  accessTokenVersion: z.union([z.literal(1), z.literal(2)]).exactOptional(),
  scopes: z.array(scope).exactOptional(),
  appRoles: z.array(z.string()).exactOptional(),
  preAuthorized: z
    .array(z.strictObject({ clientId: z.string(), scopes: z.array(z.string()) }))
    .exactOptional(),
  requires: z.array(required).exactOptional(),
  continuousAccess: z.boolean().exactOptional(),
  optionalClaims: z.array(z.enum(['xms_cc', 'idtyp', 'acct'])).exactOptional(),
  publicClient: z.boolean().exactOptional(),
  redirectUris: z.array(z.string()).exactOptional(),
  secrets: z.array(z.string()).exactOptional(),
  secretsEnd: z.iso.datetime().exactOptional(),
  certificates: z.array(z.string()).exactOptional(),
  federatedCredentials: z.array(federatedCredential).exactOptional(),
  documentUrl: z.url({ protocol: /^https$/ }).exactOptional(),
})
type AppPatch = z.infer<typeof appPatchSchema>

/** A new registration; omitted properties get Entra's defaults. */
export const appSchema = appPatchSchema
  .extend({ clientId: z.guid(), name: z.string().min(1) })
  .transform((app): AppRegistration => ({ ...blankApp, ...app }))
export const newUserSchema = z.strictObject({
  oid: z.guid().toLowerCase(),
  upn: z.email().toLowerCase(),
  name: z.string().min(1),
  enabled: z.boolean().default(true),
  mayConsent: z.boolean().default(true),
})

export type DirectoryAdmin = {
  /** Replaces the grant with the same client, resource and user. */
  putGrant(grant: Grant): void
  /** Without `user`: the grants of all users. */
  removeGrants(grant: { client: string; resource: string; user?: string }): void
  /** Replaces the user with the same object id. */
  putUser(user: User): void
  /** Replaces the app registration with the same client id. */
  putApp(app: AppRegistration): void
  setUser(oidOrUpn: string, change: { enabled?: boolean; mayConsent?: boolean }): void
  /** Whether users may consent at all. */
  setUserConsent(allowed: boolean): void
  putRoleAssignment(assignment: RoleAssignment): void
  removeRoleAssignment(assignment: RoleAssignment): void
  putApplicationRole(role: ApplicationRole): void
  removeApplicationRole(role: ApplicationRole): void
  /** Replaces the policy with the same id. */
  putPolicy(policy: Policy): void
  removePolicy(id: string): void
  /** Replaces the context with the same id. */
  putAuthenticationContext(context: AuthenticationContext): void
  removeAuthenticationContext(id: string): void
  updateApp(clientId: string, patch: AppPatch): void
}

/** Checks arguments, then changes `directory`. All functions throw an Error for an unknown app, user, scope or role. */
export function createDirectoryAdmin(directory: DirectoryState): DirectoryAdmin {
  const app = (clientId: string) => {
    const found = directory.app(clientId)
    if (!found) throw new Error(`no app ${clientId}`)
    return found
  }
  const user = (oidOrUpn: string) => {
    const found = directory.user(oidOrUpn)
    if (!found) throw new Error(`no user ${oidOrUpn}`)
    return found
  }
  const checkRole = ({ resource, role }: { resource: string; role: string }) => {
    if (!app(resource).appRoles.includes(role)) throw new Error(`no app role ${role}`)
  }
  const checkAssignment = (assignment: RoleAssignment) => {
    user(assignment.user)
    checkRole(assignment)
  }
  const checkApplicationRole = (role: ApplicationRole) => {
    app(role.client)
    checkRole(role)
  }

  return {
    putGrant(grant) {
      app(grant.client)
      const known = app(grant.resource).scopes.map(({ value }) => value)
      const unknown = grant.scopes.find((value) => !known.includes(value))
      if (unknown !== undefined) throw new Error(`no scope ${unknown}`)
      if (grant.user !== 'everyone') user(grant.user)
      directory.putGrant(structuredClone(grant))
    },
    removeGrants(grant) {
      app(grant.client)
      app(grant.resource)
      directory.removeGrants(grant)
    },
    putUser(wanted) {
      const other = directory.user(wanted.upn)
      if (other && other.oid !== wanted.oid)
        throw new Error(`${wanted.upn} is the name of another user`)
      directory.putUser(structuredClone(wanted))
    },
    putApp(wanted) {
      const taken = wanted.identifierUris.find((uri) => {
        const other = directory.resource(uri)
        return other && other.clientId !== wanted.clientId
      })
      if (taken !== undefined) throw new Error(`${taken} is an identifier URI of another app`)
      directory.putApp(structuredClone(wanted))
    },
    setUser(oidOrUpn, change) {
      Object.assign(user(oidOrUpn), change)
    },
    setUserConsent: directory.setUserConsent,
    putRoleAssignment(assignment) {
      checkAssignment(assignment)
      directory.putRoleAssignment(assignment)
    },
    removeRoleAssignment(assignment) {
      checkAssignment(assignment)
      directory.removeRoleAssignment(assignment)
    },
    putApplicationRole(role) {
      checkApplicationRole(role)
      directory.putApplicationRole(role)
    },
    removeApplicationRole(role) {
      checkApplicationRole(role)
      directory.removeApplicationRole(role)
    },
    putPolicy(policy) {
      app(policy.resource)
      if (policy.users !== 'everyone') policy.users.forEach(user)
      directory.putPolicy(structuredClone(policy))
    },
    removePolicy: directory.removePolicy,
    putAuthenticationContext(context) {
      // Microsoft Graph, authContext: "Supported values are c1 through c99".
      if (!/^c[1-9]\d?$/.test(context.id)) throw new Error('the id must be c1 to c99')
      directory.putAuthenticationContext(structuredClone(context))
    },
    removeAuthenticationContext: directory.removeAuthenticationContext,
    updateApp(clientId, patch) {
      Object.assign(app(clientId), structuredClone(patch))
    },
  }
}
