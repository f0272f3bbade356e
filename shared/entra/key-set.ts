/**
 * Caches the tenant's signing keys as Microsoft advises: refreshed hourly in the background, and the last good set is
 * used for 24 hours while Entra cannot be reached. An unknown `kid` refreshes the set at once, but at most every 30 s,
 * so that invented kids cannot flood Entra. After a failed read the next one waits 5 s. The token's claims are left to
 * access-token.ts.
 */
import { createPublicKey } from 'node:crypto'
import { createLocalJWKSet, errors, type JWSHeaderParameters, type LocalJWKSet } from 'jose'
import { Failure } from '../failure.ts'
import { circuitBreaker } from '../resilience/circuit-breaker.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import * as z from '../zod.ts'
import type { Authority } from './authority.ts'

const refreshAfter = 60 * 60_000
const unusableAfter = 24 * 60 * 60_000
const cooldown = 30_000
const readTimeout = 5_000

/** A key as it was in the set: `text` tells it from another key with the same `kid`. */
export type SigningKey = { kid: string; text: string }

export type KeySet = {
  /** For jose. Throws `JWKSNoMatchingKey`, or a Failure `entra_unreachable` if there is no key set. */
  keyFor: (header: JWSHeaderParameters) => ReturnType<LocalJWKSet>
  /**
   * The current key of this `kid`, to check that a token accepted earlier is still acceptable; undefined once
   * withdrawn.
   */
  identify: (kid: string) => SigningKey | undefined
  /** Refreshes the set. Throws a Failure `entra_unreachable`. */
  read: () => Promise<void>
}

/** One set per process. `now`: milliseconds since 1970. */
export function keySet(options: {
  authority: Authority
  fetch: typeof fetch
  now: () => number
}): KeySet {
  const { now } = options
  let known:
    | { find: LocalJWKSet; byKid: ReadonlyMap<string, SigningKey>; readAt: number }
    | undefined
  let lastUnknownKid = Number.NEGATIVE_INFINITY
  const flight = singleFlight<void>()
  const breaker = circuitBreaker({
    now,
    opensAfter: 1,
    outageOf: () => ({}),
    resting: (retryAfterSeconds) => new Failure({ reason: 'entra_unreachable', retryAfterSeconds }),
  })

  const readNow = async () => {
    const jwks = await readKeys(options).catch((cause: unknown) => {
      throw new Failure({ reason: 'entra_unreachable', retryAfterSeconds: 5 }, { cause })
    })
    const keys = jwks.keys.map((key) => ({ kid: key.kid, text: JSON.stringify(key) }))
    const byKid = new Map(keys.map((key) => [key.kid, key]))
    known = { find: createLocalJWKSet(jwks), byKid, readAt: now() }
  }
  const read = () => flight(() => breaker(Symbol('read'), readNow))

  const current = async () => {
    const age = known ? now() - known.readAt : Number.POSITIVE_INFINITY
    if (age > unusableAfter) await read()
    // If this fails, the known set is used until the next attempt.
    else if (age > refreshAfter) read().catch(() => {})
    if (!known) throw new Failure({ reason: 'entra_unreachable', retryAfterSeconds: 5 })
    return known
  }

  return {
    read,
    async keyFor(header) {
      // Entra's tokens always have a kid; without one jose would use any key that fits.
      if (typeof header.kid !== 'string') throw new errors.JWKSNoMatchingKey()
      const { find, byKid } = await current()
      if (byKid.has(header.kid)) return find(header)
      if (now() - lastUnknownKid < cooldown) throw new errors.JWKSNoMatchingKey()
      await read()
      lastUnknownKid = now()
      return (await current()).find(header)
    },
    identify(kid) {
      current().catch(() => {})
      const usable = known && now() - known.readAt <= unusableAfter
      return usable ? known?.byKid.get(kid) : undefined
    },
  }
}

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url() })
const key = z.looseObject({ kty: z.string(), kid: z.string() }).refine(isUsable)
/** RFC 7517 §5: members that are no key to us are ignored. */
const jwks = z.object({
  keys: z
    .array(key.optional().catch(undefined))
    .transform((keys) => keys.filter((one) => one !== undefined))
    .pipe(z.array(key).min(1)),
})

/** Whether jose can verify with it (RFC 7518 §3.3: 2048 bits or more). */
function isUsable(jwk: { kty: string }): boolean {
  if (jwk.kty !== 'RSA') return true
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: jwk, format: 'jwk' })
    return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  } catch {
    return false
  }
}

async function readKeys({ authority, fetch }: Parameters<typeof keySet>[0]) {
  const readJson = (url: string): Promise<unknown> =>
    withTimeLimit(readTimeout, async (signal) => {
      const response = await fetch(url, { redirect: 'error', signal })
      if (!response.ok) throw new Error(`${url} answered ${response.status}`)
      return response.json()
    })
  const { issuer, jwks_uri } = discoveryDocument.parse(await readJson(authority.discovery))
  // RFC 8414 §3.3. The keys must come from the same origin, so that the document cannot redirect trust elsewhere.
  if (issuer !== authority.issuer) throw new Error(`${authority.discovery} names another issuer`)
  if (new URL(jwks_uri).origin !== new URL(authority.issuer).origin) {
    throw new Error(`${authority.discovery} names keys of another origin`)
  }
  return jwks.parse(await readJson(jwks_uri))
}
