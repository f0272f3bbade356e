/**
 * The configured keys, put to their two uses: the newest seals rows and any opens them; rows and users are named by
 * HMACs under keys derived from each (RFC 5869). Rows are named under the oldest, so that adding a key keeps every row
 * findable, and dropping one costs misses and nothing else.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { CacheKey } from '../../settings.ts'

export type KeyRing = {
  newest: { kid: string; key: KeyObject }
  /** For sealing and opening; none when it is not configured. */
  keyOf: (kid: string) => KeyObject | undefined
  /** A name that tells nothing of what it names, 43 characters fit for a table key. */
  name: (parts: readonly unknown[]) => string
  /** The same under every key, the oldest's last: what another instance may call it while keys are rotated. */
  names: (parts: readonly unknown[]) => readonly string[]
}

export function keyRing(keys: readonly [CacheKey, ...CacheKey[]]): KeyRing {
  const [first, ...others] = keys
  const newest = ready(first)
  const all = [newest, ...others.map(ready)]
  const byKid = new Map(all.map(({ kid, key }) => [kid, key]))
  return {
    newest,
    keyOf: (kid) => byKid.get(kid),
    name: (parts) => all.slice(-1).map(naming(parts)).join(),
    names: (parts) => all.map(naming(parts)),
  }
}

/** Made once: from bytes each time, an HMAC would cost five times as much. */
function ready({ kid, key }: CacheKey) {
  const bytes = Buffer.from(key.reveal(), 'base64url')
  const indexKey = Buffer.from(hkdfSync('sha256', bytes, '', 'token cache index', 32))
  return {
    kid,
    key: createSecretKey(bytes),
    indexKey: createSecretKey(indexKey),
  }
}

function naming(parts: readonly unknown[]): (of: { indexKey: KeyObject }) => string {
  const text = JSON.stringify(parts)
  return ({ indexKey }) => createHmac('sha256', indexKey).update(text).digest('base64url')
}
