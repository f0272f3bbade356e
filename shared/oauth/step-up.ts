/**
 * What a failure becomes for a caller who signed in through this server. A demand of Entra is a challenge whatever the
 * client can do, since the next sign-in carries the demand by itself; a third in ten minutes is told in words, as no
 * client stops by itself.
 */
import { causes } from '../audit.ts'
import type { Caller } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import { type Demands, tokenId } from './demands.ts'

export type StepUp = (
  failure: Failure,
  of: {
    caller: Caller
    /** Its name. */
    endpoint: string
    /** Those that the endpoint knows: the caller's token has scopes of others too. */
    scopes: readonly string[]
  },
) => Promise<Failure>

const mostDemands = 2

export function stepUp(options: {
  /** OAUTH_CLIENT_ID: the tokens of others are theirs to step up. */
  clientId: string
  demands: Demands
  /** Told when a demand cannot be remembered; the challenge is given all the same. */
  report: (outcome: string, detail: string) => void
}): StepUp {
  const { clientId, demands, report } = options
  return async (failure, { caller, endpoint, scopes }) => {
    const { detail, cause } = failure
    if (caller.azp !== clientId) return failure
    const note = (claims?: string) =>
      demands
        .note({ user: caller, endpoint, uti: tokenId(caller), ...(claims && { claims }) })
        .catch((error: unknown) => {
          report('demand_not_remembered', causes(error))
          return 0
        })
    switch (detail.reason) {
      case 'scope_missing':
        await note()
        return failure
      case 'claims_challenged':
      case 'claims_unanswerable': {
        const { claims } = detail
        if ((await note(claims)) > mostDemands) {
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
