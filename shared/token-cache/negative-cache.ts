/**
 * Remembers refusals by Entra for up to a minute, since Entra locks out a client that repeats a refused request
 * (AADSTS50196). Each refusal belongs to one assertion, so a new sign-in is not affected. Outages are not remembered.
 */
import { LRUCache } from 'lru-cache'
import type { User } from '../entra/caller.ts'
import { Failure, type FailureDetail } from '../failure.ts'
import { deleteWhere, upTo } from '../resilience/lru.ts'

export type NegativeCache = {
  /** @throws the Failure that is remembered under this key */
  check: (key: string) => void
  note: (key: string, user: User, error: unknown) => void
  /** For a user who has consented since. */
  forget: (user: User) => void
}

/** Milliseconds; doubles on each repetition. */
const first = 15_000
const longest = 60_000

const lasting: ReadonlySet<FailureDetail['reason']> = new Set([
  'consent_required',
  'claims_challenged',
  'claims_unanswerable',
  'admin_consent_required',
  'exchange_refused',
  'sign_in_ended',
] as const)

type Refused = User & { failure: Failure; until: number; span: number }

/** One cache per process, of at most 10,000 refusals. `now`: milliseconds since 1970. */
export function negativeCache({ now }: { now: () => number }): NegativeCache {
  const refused = new LRUCache<string, Refused>(upTo(10_000))
  return {
    check(key) {
      const standing = refused.get(key)
      if (standing && now() < standing.until) throw standing.failure
    },
    note(key, { tid, oid }, error) {
      if (!(error instanceof Failure) || !lasting.has(error.detail.reason)) return
      const span = Math.min((refused.get(key)?.span ?? first / 2) * 2, longest)
      refused.set(key, { tid, oid, failure: error, span, until: now() + span })
    },
    forget({ tid, oid }) {
      deleteWhere(refused, (it) => it.tid === tid && it.oid === oid)
    },
  }
}
