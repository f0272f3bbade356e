/** Made-up callers, tokens and keys, for parts of the cache that are tested alone. */
import { encryptionKeys } from '../../shared/encryption-keys.ts'
import type { Caller } from '../../shared/entra/caller.ts'
import type { DownstreamToken } from '../../shared/entra/on-behalf-of.ts'
import { Secret } from '../../shared/secret.ts'
import type { CacheKeyForTest } from './shared-cache.ts'

/** All that a token depends on. */
export type Parts = [
  tid: string,
  oid: string,
  azp: string,
  scope: string,
  assertionHash: string,
  clientId: string,
]

export const callerOf = ([tid, oid, azp, , assertionHash]: Parts): Caller => ({
  ...{ tid, oid, azp, assertionHash },
  ...{ scp: new Set(), roles: new Set(), acrs: new Set(), xms_cc: new Set() },
  ...{ iat: Date.now() / 1000, nbf: 0, exp: Date.now() / 1000 + 3600 },
  assertion: new Secret('assertion', 'assertion'),
})
export const scopeOf = ([, , , scope]: Parts) => scope
export const tokenOf = (text: string): DownstreamToken => ({
  token: new Secret('downstream token', text),
  expiresAt: Date.now() + 3_600_000,
  refreshAt: Date.now() + 3_000_000,
  source: 'entra',
})
export const keysOf = (...keys: CacheKeyForTest[]) =>
  encryptionKeys(keys.map(({ kid, key }) => ({ kid, key: new Secret('encryption key', key) })))
