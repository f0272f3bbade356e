/**
 * Families of refresh tokens (RFC 9700 §4.14.2): one row for each sign-in, with its current generation. A token of an
 * older generation was used before, by its client or by a thief, and ends the family. Clients refresh in parallel and
 * lose answers, so the previous generation stays valid for a minute.
 */
import type { User } from '../entra/caller.ts'
import * as z from '../zod.ts'
import { OAuthError } from './oauth-error.ts'
import { codeLife } from './sign-in.ts'
import type { Store } from './store.ts'

/** The stored state of one family. */
export const familyContent = z.object({
  generation: z.number(),
  /** Milliseconds since 1970. */
  rotatedAt: z.number(),
})

/** The user whose sign-in a code began, or null if the code was used again before the sign-in was stored. */
export const redeemedContent = z.object({ tid: z.string(), oid: z.string() }).nullable()

export type Families = {
  /** `family`: the nonce of the code, so that a replay of the code finds it. */
  begin: (user: User, family: string) => Promise<void>
  /** The code with this nonce was redeemed again (RFC 6749 §4.1.2). */
  endReplayed: (nonce: string) => Promise<void>
  /**
   * Checks a refresh token's generation. Call the returned function once Entra has issued the tokens, so that an outage
   * of Entra ends no session: it makes the next generation the current one, and returns it.
   * @throws an {@link OAuthError}, as the returned function does
   */
  rotate: (user: User, family: string, generation: number) => Promise<() => Promise<number>>
  end: (user: User, family: string) => Promise<void>
  endAll: (user: User) => Promise<void>
}

/** Milliseconds that the previous generation stays valid. */
const siblings = 60_000
/** Milliseconds without use, as Entra's refresh tokens: 90 days. */
export const refreshTokenLife = 90 * 24 * 60 * 60_000

/** `now`: milliseconds since 1970. */
export function families(options: {
  store: Store<z.output<typeof familyContent>>
  /** Kept for as long as codes are good. */
  redeemed: Store<z.output<typeof redeemedContent>>
  now: () => number
}): Families {
  const { store, redeemed, now } = options
  const ofCode = (nonce: string) => ({
    ...{ partition: ['code', nonce], row: ['redeemed'] },
    expiresAt: now() + codeLife * 1000,
  })
  const partition = ({ tid, oid }: User) => ['user', tid, oid]
  const row = (family: string) => ['refresh token family', family]

  const write = (user: User, family: string, generation: number, replaces?: string) =>
    store.put({
      partition: partition(user),
      row: row(family),
      content: { generation, rotatedAt: now() },
      expiresAt: now() + refreshTokenLife,
      replaces,
    })

  return {
    async begin(user, family) {
      const { tid, oid } = user
      await write(user, family, 0)
      const isFirst = await redeemed.put({ ...ofCode(family), content: { tid, oid } })
      if (!isFirst) await store.delete(partition(user), row(family))
    },
    async endReplayed(nonce) {
      const code = ofCode(nonce)
      // The first use may still be under way: its begin() finds this row.
      if (await redeemed.put({ ...code, content: null })) return
      const found = await redeemed.get(code.partition, code.row)
      if (found?.content) await store.delete(partition(found.content), row(nonce))
    },
    async rotate(user, family, generation) {
      const found = await store.get(partition(user), row(family))
      if (!found) throw ended()
      const current = found.content
      const isSibling =
        generation === current.generation - 1 && now() - current.rotatedAt < siblings
      if (generation !== current.generation && !isSibling) {
        await store.delete(partition(user), row(family))
        throw new OAuthError(
          'invalid_grant',
          'This refresh token was used before, so the sign-in has been ended: sign in again',
        )
      }
      return async () => {
        if (isSibling) return current.generation
        const next = generation + 1
        if (await write(user, family, next, found.version)) return next
        // A parallel use of the same token was faster, or the family has ended meanwhile.
        const now = await store.get(partition(user), row(family))
        if (!now) throw ended()
        return now.content.generation
      }
    },
    end: (user, family) => store.delete(partition(user), row(family)),
    endAll: (user) => store.deleteAll(partition(user)),
  }
}

const ended = () => new OAuthError('invalid_grant', 'This sign-in has ended: sign in again')
