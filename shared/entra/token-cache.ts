/**
 * Downstream tokens kept in this process, in front of the exchange and of its type. An entry belongs to one tenant,
 * user, calling client, downstream scope and assertion; it is served while it has five minutes left, and concurrent
 * first calls share one exchange. A failing exchange is shared by those who wait for it and then forgotten.
 */
import { LRUCache } from 'lru-cache'
import type { Caller } from './caller.ts'
import type { DownstreamToken, OnBehalfOf } from './on-behalf-of.ts'

const capacity = 65_536
/** So that a token handed out survives the call it is used in. */
const margin = 5 * 60_000

export function tokenCache(exchange: OnBehalfOf, options: { now: () => number }): OnBehalfOf {
  const { now } = options
  const kept = new LRUCache<string, DownstreamToken>({ max: capacity })
  const inFlight = new Map<string, Promise<DownstreamToken>>()

  const fetchToken = async (key: string, caller: Caller, scope: string) => {
    try {
      const fresh = await exchange(caller, scope)
      if (isServable(fresh)) kept.set(key, fresh)
      return fresh
    } finally {
      inFlight.delete(key)
    }
  }
  const isServable = ({ expiresAt }: DownstreamToken) => expiresAt - now() > margin

  // Whoever holds a Caller has an assertion that is still valid: access-token.ts looks at its time on each call.
  return async (caller, scope) => {
    const key = entryKey(caller, scope)
    const held = kept.get(key)
    if (held && isServable(held)) return held
    const running = inFlight.get(key) ?? fetchToken(key, caller, scope)
    inFlight.set(key, running)
    return running
  }
}

/** Keyed by the assertion, for a user's session with MFA must not lend its token to one without. */
const entryKey = ({ tid, oid, azp, assertionHash }: Caller, scope: string) =>
  JSON.stringify([tid, oid, azp, scope, assertionHash])
