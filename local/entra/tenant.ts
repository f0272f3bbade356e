/** The state of one running tenant, which the endpoints work on. Persists nothing. */
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Directory } from '../seed.ts'
import { type Clock, createClock } from './clock.ts'
import { createDirectoryState, type DirectoryState } from './directory-state.ts'
import { createKeys, type Keys } from './keys.ts'

/** Immutable, since several tokens share one. */
export type Session = {
  /** Seconds since the epoch. */
  began: number
  mfa: boolean
  /** Authentication contexts that were requested and met. */
  contexts: string[]
}

/** Kept from the authorization request until the code is redeemed. */
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
  /** `iss` of v2 tokens, and base URL of the tenant's metadata. */
  issuer: string
  tokenEndpoint: string
  directory: DirectoryState
  clock: Clock
  keys: Keys
  codes: LRUCache<string, AuthorizationCode>
  refreshTokens: LRUCache<string, RefreshToken>
  /** By `uti` of the access token. */
  sessions: LRUCache<string, Session>
  /** By object id: sessions that began earlier are revoked. Seconds since the epoch. */
  revocations: Map<string, number>
  /** Set by scripts; Entra's defaults where not set. */
  lifetimes: Lifetimes
}

/** Bounds memory in long runs, since MSAL requests a refresh token with every exchange. */
const kept = 10_000

/** A tenant with new keys, at `origin` (without trailing slash). */
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

/** A random string, base64url. */
export const opaque = (bytes = 32) => randomBytes(bytes).toString('base64url')
