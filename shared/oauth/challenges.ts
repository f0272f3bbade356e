/**
 * Remembers the challenges sent to users who signed in through this server: `insufficient_claims` (Conditional Access,
 * authentication contexts) and `insufficient_scope`. No published client sends the claims of a challenge at its next
 * sign-in, so the server keeps them for ten minutes and adds them itself (callback.ts). A client that refreshes instead
 * is refused once (token.ts).
 */
import type { Caller, User } from '../entra/caller.ts'
import * as z from '../zod.ts'
import type { Row, Store } from './store.ts'

/** One for each access token that was challenged. */
export const challengeContent = z.object({
  endpoint: z.string(),
  /** Of that access token. */
  uti: z.string(),
  /** Entra's JSON; none for a missing scope. */
  claims: z.string().optional(),
  /** Ended by a completed sign-in. */
  isOpen: z.boolean(),
  refreshRefused: z.boolean(),
})
type Challenge = z.output<typeof challengeContent>

/** Identifies an access token in a stored challenge. */
export const tokenId = ({ uti, assertionHash }: Pick<Caller, 'uti' | 'assertionHash'>): string =>
  uti ?? assertionHash

export type Challenges = {
  /** Records a challenge. @returns how many with claims this user got at this endpoint within ten minutes */
  note: (of: {
    user: User
    endpoint: string
    uti: string
    claims?: string | undefined
  }) => Promise<number>
  /** Whether a claims challenge of any user of this endpoint may be pending. */
  mayBeOpen: (endpoint: string) => Promise<boolean>
  /** The claims to request at the user's next sign-in. */
  claimsFor: (user: User, endpoint: string) => Promise<string | undefined>
  /** A sign-in of the user for the endpoint is complete. */
  close: (user: User, endpoint: string) => Promise<void>
  /** Whether the client has to sign in instead of refreshing; true once for each access token. */
  refusesRefresh: (user: User, endpoint: string, uti: string) => Promise<boolean>
}

/** Milliseconds. */
const life = 10 * 60_000

/** Functions reject with an {@link OAuthError} `temporarily_unavailable` if the table cannot be reached. */
export function challenges(options: { store: Store<Challenge>; now: () => number }): Challenges {
  const { store, now } = options
  const partition = ({ tid, oid }: User) => ['challenges', tid, oid]
  const ofAnyUser = ['challenges']
  const rowOf = ({ endpoint, uti }: Pick<Challenge, 'endpoint' | 'uti'>) => [endpoint, uti]

  /** `expiresAt`: that of the replaced row, so that updates do not extend the ten minutes. */
  const write = (
    of: readonly string[],
    content: Challenge,
    { version = 'any', expiresAt = now() + life }: Partial<Row<Challenge>> = {},
  ) => store.put({ partition: of, row: rowOf(content), content, replaces: version, expiresAt })
  const allOf = async (user: User, endpoint: string) =>
    (await store.list(partition(user))).filter(({ content }) => content.endpoint === endpoint)

  return {
    async note({ user, endpoint, uti, claims }) {
      const known = await store.get(partition(user), rowOf({ endpoint, uti }))
      const more = claims !== undefined && known?.content.claims !== claims
      if (!known || more) {
        const challenge = { endpoint, uti, isOpen: true, refreshRefused: false, ...known?.content }
        await write(partition(user), { ...challenge, ...(more && { claims, isOpen: true }) })
        if (more) await write(ofAnyUser, { ...challenge, claims, uti: '' })
      }
      return (await allOf(user, endpoint)).filter(({ content }) => content.claims).length
    },
    async mayBeOpen(endpoint) {
      return (await store.get(ofAnyUser, [endpoint, ''])) !== undefined
    },
    async claimsFor(user, endpoint) {
      const all = await allOf(user, endpoint)
      const open = all.filter(({ content }) => content.isOpen && content.claims)
      // The latest: earlier ones have been met, or Entra repeats them.
      return open.toSorted((one, other) => other.expiresAt - one.expiresAt)[0]?.content.claims
    },
    async close(user, endpoint) {
      const open = (await allOf(user, endpoint)).filter(({ content }) => content.isOpen)
      await Promise.all(
        open.map((it) => write(partition(user), { ...it.content, isOpen: false }, it)),
      )
    },
    async refusesRefresh(user, endpoint, uti) {
      const found = await store.get(partition(user), rowOf({ endpoint, uti }))
      if (!found || found.content.refreshRefused) return false
      await write(partition(user), { ...found.content, refreshRefused: true }, found)
      return true
    },
  }
}
