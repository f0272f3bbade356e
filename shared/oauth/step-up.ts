/**
 * Adapts a failure for a caller who signed in through this server. If Entra requires claims, the client gets a challenge
 * whatever it supports, since the server adds the claims to the next sign-in. The third in ten minutes becomes a result
 * in words, because clients do not limit themselves.
 */
import { causes } from '../audit.ts'
import type { Caller } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import { type Challenges, tokenId } from './challenges.ts'

export type StepUp = (
  failure: Failure,
  of: {
    caller: Caller
    /** Its name. */
    endpoint: string
    /** The endpoint's own: the caller's token also has scopes of other endpoints. */
    scopes: readonly string[]
  },
) => Promise<Failure>

const mostChallenges = 2

/** The returned function does not reject: a table that cannot be reached is reported. */
export function stepUp(options: {
  /** OAUTH_CLIENT_ID. Other clients step up by themselves. */
  clientId: string
  challenges: Challenges
  /** Called when a challenge cannot be stored; it is sent all the same. */
  report: (outcome: string, detail: string) => void
}): StepUp {
  const { clientId, challenges, report } = options
  return async (failure, { caller, endpoint, scopes }) => {
    const { detail, cause } = failure
    if (caller.azp !== clientId) return failure
    const note = (claims?: string) =>
      challenges
        .note({ user: caller, endpoint, uti: tokenId(caller), claims })
        .catch((error: unknown) => {
          report('challenge_not_remembered', causes(error))
          return 0
        })
    switch (detail.reason) {
      case 'scope_missing':
        await note()
        return failure
      case 'claims_challenged':
      case 'claims_unanswerable': {
        const { claims } = detail
        if ((await note(claims)) > mostChallenges) {
          return new Failure({ reason: 'claims_unanswerable', claims, isRepeated: true }, { cause })
        }
        const held = scopes.filter((scope) => caller.scp.has(scope))
        return new Failure({ reason: 'claims_challenged', claims, scopes: held }, { cause })
      }
      default:
        return failure
    }
  }
}
