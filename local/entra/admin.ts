/**
 * The emulator's controls, for tests and scripts in this process; admin-routes.ts offers them over HTTP. Changes of the
 * directory are in admin-directory.ts.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { AppRegistration, Directory } from '../seed.ts'
import { createDirectoryAdmin, type DirectoryAdmin } from './admin-directory.ts'
import { servicePrincipalId } from './directory-state.ts'
import type { Fault, Faults } from './faults.ts'
import { type Forgery, forgeToken } from './forge.ts'
import type { LoggedRequest, RequestFilter, RequestLog } from './request-log.ts'
import type { Lifetimes, Tenant } from './tenant.ts'

type Revocation = {
  /** Object id. */
  user: string
  /** Seconds since the epoch: tokens issued earlier are revoked. */
  validFrom: number
}

type State = Omit<Directory, 'apps'> & {
  /** Without their secrets; `servicePrincipal` is an object id. */
  apps: (Omit<AppRegistration, 'secrets'> & { secretCount: number; servicePrincipal: string })[]
  revocations: Revocation[]
  /** ISO 8601. */
  time: string
  /** The published `kid`s, the signing key's first. */
  keys: string[]
  faults: Fault[]
  lifetimes: Lifetimes
}

export type Admin = DirectoryAdmin & {
  state(): State
  revocations(): Revocation[]
  requests(filter?: RequestFilter): LoggedRequest[]
  clearRequests(): void
  addFault(fault: Fault): void
  clearFaults(): void
  advanceClock(seconds: number): void
  rotateKeys(options?: { withdraw?: boolean }): Promise<void>
  /**
   * Ends all sessions of a user. Tokens count in seconds: resolves when the next second begins, so that tokens issued
   * before and after differ in `iat`.
   */
  revokeSessions(oidOrUpn: string): Promise<void>
  /** @returns an access token (JWT) with the changes that `forgery` asks for */
  forgeToken(forgery: Forgery): Promise<string>
  setLifetimes(lifetimes: Lifetimes): void
  /** Restores the initial state, except the keys, which resources have cached. */
  reset(): void
}

/** Ties the controls of one tenant together. */
export function createAdmin(parts: { tenant: Tenant; faults: Faults; log: RequestLog }): Admin {
  const { tenant, faults, log } = parts
  const { directory, clock, keys } = tenant
  const revocations = () =>
    [...tenant.revocations].map(([user, validFrom]) => ({ user, validFrom }))

  return {
    ...createDirectoryAdmin(directory),
    state() {
      const { apps, ...others } = directory.snapshot()
      return {
        ...others,
        apps: apps.map(({ secrets, ...rest }) => ({
          ...rest,
          secretCount: secrets.length,
          servicePrincipal: servicePrincipalId(rest.clientId),
        })),
        revocations: revocations(),
        time: clock.date().toISOString(),
        keys: keys.published().map(({ kid }) => kid),
        faults: faults.active(),
        lifetimes: tenant.lifetimes,
      }
    },
    revocations,
    requests: log.entries,
    clearRequests: log.clear,
    addFault: faults.add,
    clearFaults: faults.clear,
    advanceClock: clock.advance,
    rotateKeys: ({ withdraw = false } = {}) => keys.rotate({ withdraw }),
    async revokeSessions(oidOrUpn) {
      const user = directory.user(oidOrUpn)
      if (!user) throw new Error(`no user ${oidOrUpn}`)
      const validFrom = clock.seconds() + 1
      tenant.revocations.set(user.oid, validFrom)
      // 1001: a timer may fire a millisecond early.
      await delay(1001 - (clock.milliseconds() % 1000))
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
      tenant.sessions.clear()
      tenant.revocations.clear()
      tenant.lifetimes = {}
    },
  }
}
