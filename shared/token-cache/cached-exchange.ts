/**
 * Puts a cache in front of the exchange, with the same type: tokens come from this process, else from the table that
 * all instances share, else from Entra. Concurrent first calls share one exchange. Tokens are renewed in the background
 * before a caller has to wait. A token is never served after its assertion has expired.
 */
import { LRUCache } from 'lru-cache'
import type { Caller, User } from '../entra/caller.ts'
import { type DownstreamToken, margin, type OnBehalfOf } from '../entra/on-behalf-of.ts'
import { Failure, type FailureDetail } from '../failure.ts'
import { deleteWhere, upTo } from '../resilience/lru.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { negativeCache } from './negative-cache.ts'
import type { TokenTable } from './token-table.ts'

/** Milliseconds: an assertion that expires sooner is not used for a renewal. */
const assertionLeft = 60_000
const renewalRetry = 30_000
/** Entra was not asked or did not answer, so the token in use stays valid. */
const noAnswer: ReadonlySet<FailureDetail['reason']> = new Set([
  'entra_unreachable',
  'too_many_at_once',
] as const)

export type CachedExchange = {
  onBehalfOf: OnBehalfOf
  /** For a user who has just consented: drops refusals remembered from before. */
  forgetRefusals: (user: User) => void
  /** Drops the user's tokens from memory. @returns the number dropped */
  dropTokens: (user: User) => number
}

type Entry = DownstreamToken & User

/** One cache per process, of at most 65,536 tokens. `table`: undefined keeps tokens in this process only. */
export function cachedExchange(options: {
  exchange: OnBehalfOf
  table: TokenTable | undefined
  now: () => number
}): CachedExchange {
  const { exchange, table, now } = options
  const memory = new LRUCache<string, Entry>(upTo(65_536))
  const refusals = negativeCache({ now })
  const flight = singleFlight<DownstreamToken>()

  const isServable = ({ expiresAt }: DownstreamToken) => expiresAt - now() > margin

  /** Concurrent calls for the same token share one run and its failure. Refusals are remembered. */
  const once = (key: string, user: User, run: () => Promise<DownstreamToken>) =>
    flight(async () => {
      try {
        return await run()
      } catch (error) {
        refusals.note(key, user, error)
        throw error
      }
    }, key)

  const hold = (key: string, { tid, oid }: User, token: DownstreamToken) =>
    memory.set(key, { ...token, tid, oid, source: 'memory' })

  const keep = (key: string, caller: Caller, scope: string, token: DownstreamToken) => {
    if (!isServable(token)) return
    hold(key, caller, token)
    table?.write(caller, scope, token)
  }

  /** `held`: the token to renew. The one in the table helps only if another instance has renewed it. */
  const obtain = async (key: string, caller: Caller, scope: string, held?: Entry) => {
    const stored = await table?.read(caller, scope)
    if (stored && isServable(stored) && stored.expiresAt > (held?.expiresAt ?? 0)) {
      hold(key, caller, stored)
      return stored
    }
    const token = await exchange(caller, scope)
    keep(key, caller, scope, token)
    return token
  }

  const renew = (key: string, caller: Caller, scope: string, held: Entry) => {
    // If the renewal fails, the current token is used until the next attempt.
    held.refreshAt = now() + renewalRetry
    once(key, caller, () => obtain(key, caller, scope, held)).catch((error: unknown) => {
      // A refusal is Entra's latest decision about this user, so it drops the current token.
      if (!(error instanceof Failure) || noAnswer.has(error.detail.reason)) return
      memory.delete(key)
      table?.remove(caller, scope)
    })
  }

  /** The downstream API no longer accepts the token: it is deleted here and in the table. */
  const replace = async (key: string, caller: Caller, scope: string, claims: string) => {
    memory.delete(key)
    table?.remove(caller, scope)
    const token = await exchange(caller, scope, { claims })
    keep(key, caller, scope, token)
    return token
  }

  const onBehalfOf: OnBehalfOf = async (caller, scope, { claims } = {}) => {
    const key = entryKey(caller, scope)
    if (claims) {
      const claimsKey = `${key} ${claims}`
      refusals.check(claimsKey)
      return once(claimsKey, caller, () => replace(key, caller, scope, claims))
    }
    const held = memory.get(key)
    if (held && isServable(held)) {
      const assertionLasts = caller.exp * 1000 - now() > assertionLeft
      if (now() >= held.refreshAt && assertionLasts) renew(key, caller, scope, held)
      return held
    }
    refusals.check(key)
    return once(key, caller, () => obtain(key, caller, scope))
  }
  return {
    onBehalfOf,
    forgetRefusals: refusals.forget,
    dropTokens: ({ tid, oid }) => deleteWhere(memory, (it) => it.tid === tid && it.oid === oid),
  }
}

/** The assertion is valid here: its expiry and the user's purge mark are checked on each call before this. */
const entryKey = ({ tid, oid, azp, assertionHash }: Caller, scope: string) =>
  JSON.stringify([tid, oid, azp, scope, assertionHash])
