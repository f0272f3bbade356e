/** Everything that one running tenant is; each endpoint is a function of it. Persists nothing. */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Directory } from '../seed.ts'
import { type Clock, createClock } from './clock.ts'
import { createDirectoryState, type DirectoryState } from './directory-state.ts'
import { createKeys, type Keys } from './keys.ts'

/** Never changed: tokens that share one keep what they were issued on. */
export type Session = {
  /** Seconds since the epoch. */
  began: number
  mfa: boolean
  /** Authentication contexts that were asked for and met. */
  contexts: string[]
}

/** What the authorization endpoint remembers until the code is redeemed. */
export type AuthorizationCode = {
  clientId: string
  user: string
  redirectUri: string
  codeChallenge: string | undefined
  scope: string
  nonce: string | undefined
  claims: string | undefined
  session: Session
  /** Seconds since the epoch. */
  expires: number
  redeemed: boolean
}

type RefreshToken = {
  clientId: string
  user: string
  scope: string
  session: Session
  /** Seconds since the epoch. */
  issued: number
  expires: number
}

export type Lifetimes = { accessTokenSeconds?: number; refreshInSeconds?: number }

export type Tenant = {
  origin: string
  tenantId: string
  /** Issuer of v2 tokens, and base of the tenant's metadata. */
  issuer: string
  tokenEndpoint: string
  directory: DirectoryState
  clock: Clock
  keys: Keys
  codes: LRUCache<string, AuthorizationCode>
  refreshTokens: LRUCache<string, RefreshToken>
  /** By the `uti` of the access token that came of it. */
  sessions: LRUCache<string, Session>
  /** Since when a user's sessions count again after being revoked, by object id; seconds since the epoch. */
  revocations: Map<string, number>
  /** Scripted; what is not set is Entra's default. */
  lifetimes: Lifetimes
}

/** MSAL asks for a refresh token with every exchange: the oldest go, or a long run would hold them all. */
const kept = 10_000

export async function createTenant(options: {
  origin: string
  directory: Directory
}): Promise<Tenant> {
  const { origin } = options
  const directory = createDirectoryState(options.directory)
  const { tenantId } = directory
  return {
    origin,
    tenantId,
    issuer: `${origin}/${tenantId}/v2.0`,
    tokenEndpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
    directory,
    clock: createClock(),
    keys: await createKeys(),
    codes: new LRUCache({ max: kept }),
    refreshTokens: new LRUCache({ max: kept }),
    sessions: new LRUCache({ max: kept }),
    revocations: new Map(),
    lifetimes: {},
  }
}

/** A random string that means nothing to its holder. */
export const opaque = (bytes = 32) => randomBytes(bytes).toString('base64url')
