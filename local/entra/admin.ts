/**
 * The emulator's controls, for tests and scripts in this process; admin-routes.ts offers the same over HTTP. Every
 * mistake in an argument is an Error whose message names it.
 */
import { z } from 'zod'
import type { AppRegistration, Directory, Grant, RoleAssignment } from '../seed.ts'
import type { Fault, Faults } from './faults.ts'
import { type Forgery, forgeToken } from './forge.ts'
import type { LoggedRequest, RequestFilter, RequestLog } from './request-log.ts'
import type { Lifetimes, Tenant } from './tenant.ts'

const scope = z.strictObject({ value: z.string(), description: z.string(), adminOnly: z.boolean() })
const federatedCredential = z.strictObject({
  issuer: z.string(),
  subject: z.string(),
  audience: z.string(),
})
/** What may be changed of an app registration: all but its client id. */
export const appPatchSchema = z.strictObject({
  name: z.string().exactOptional(),
  identifierUris: z.array(z.string()).exactOptional(),
  accessTokenVersion: z.union([z.literal(1), z.literal(2)]).exactOptional(),
  scopes: z.array(scope).exactOptional(),
  appRoles: z.array(z.string()).exactOptional(),
  optionalClaims: z.array(z.enum(['xms_cc', 'idtyp'])).exactOptional(),
  publicClient: z.boolean().exactOptional(),
  redirectUris: z.array(z.string()).exactOptional(),
  secrets: z.array(z.string()).exactOptional(),
  certificates: z.array(z.string()).exactOptional(),
  federatedCredentials: z.array(federatedCredential).exactOptional(),
})
type AppPatch = z.infer<typeof appPatchSchema>

type State = Omit<Directory, 'apps'> & {
  /** Without their secrets. */
  apps: Omit<AppRegistration, 'secrets'>[]
  /** ISO 8601. */
  time: string
  /** `kid`s as published, the signing one first. */
  keys: string[]
  faults: Fault[]
  lifetimes: Lifetimes
}

export type Admin = {
  state(): State
  requests(filter?: RequestFilter): LoggedRequest[]
  clearRequests(): void
  addFault(fault: Fault): void
  clearFaults(): void
  advanceClock(seconds: number): void
  rotateKeys(options?: { withdraw?: boolean }): Promise<void>
  /** Takes the place of the grant with the same client, resource and user. */
  putGrant(grant: Grant): void
  /** Without `user`: everybody's. */
  removeGrants(grant: { client: string; resource: string; user?: string }): void
  setUser(oidOrUpn: string, change: { enabled: boolean }): void
  putRoleAssignment(assignment: RoleAssignment): void
  removeRoleAssignment(assignment: RoleAssignment): void
  updateApp(clientId: string, patch: AppPatch): void
  /** @returns an access token (JWT), as honest as the forgery says */
  forgeToken(forgery: Forgery): Promise<string>
  setLifetimes(lifetimes: Lifetimes): void
  /** Back to the beginning; only the keys stay, since others remember them. */
  reset(): void
}

export function createAdmin(parts: { tenant: Tenant; faults: Faults; log: RequestLog }): Admin {
  const { tenant, faults, log } = parts
  const { directory, clock, keys } = tenant

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
  const checkAssignment = ({ user: oid, resource, role }: RoleAssignment) => {
    user(oid)
    if (!app(resource).appRoles.includes(role)) throw new Error(`no app role ${role}`)
  }

  return {
    state() {
      const { apps, ...others } = directory.snapshot()
      return {
        ...others,
        apps: apps.map(({ secrets, ...rest }) => rest),
        time: clock.date().toISOString(),
        keys: keys.published().map(({ kid }) => kid),
        faults: faults.active(),
        lifetimes: tenant.lifetimes,
      }
    },
    requests: log.entries,
    clearRequests: log.clear,
    addFault: faults.add,
    clearFaults: faults.clear,
    advanceClock: clock.advance,
    rotateKeys: ({ withdraw = false } = {}) => keys.rotate({ withdraw }),
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
    setUser(oidOrUpn, { enabled }) {
      user(oidOrUpn).enabled = enabled
    },
    putRoleAssignment(assignment) {
      checkAssignment(assignment)
      directory.putRoleAssignment(assignment)
    },
    removeRoleAssignment(assignment) {
      checkAssignment(assignment)
      directory.removeRoleAssignment(assignment)
    },
    updateApp(clientId, patch) {
      Object.assign(app(clientId), structuredClone(patch))
    },
    forgeToken: (forgery) => forgeToken(tenant, forgery),
    setLifetimes(lifetimes) {
      tenant.lifetimes = lifetimes
    },
    reset() {
      directory.reset()
      clock.reset()
      faults.clear()
      log.clear()
      tenant.codes.clear()
      tenant.refreshTokens.clear()
      tenant.lifetimes = {}
    },
  }
}
