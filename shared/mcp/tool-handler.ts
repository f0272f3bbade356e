/**
 * One call of one tool for one caller: access to its API bound to the caller, and time. The exchange waits until the
 * tool first asks its API for something, so that a call which ends before costs nothing.
 */
import type { Trace } from '../api-client/connection.ts'
import type { Downstream } from '../downstreams.ts'
import { type Caller, userKey } from '../entra/caller.ts'
import { authContextClaims, claimsDemand } from '../entra/claims-demand.ts'
import type { Asked, Consent } from '../entra/consent.ts'
import { Failure } from '../failure.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import type { Services } from '../services.ts'
import type { Tool, ToolResult } from './tool.ts'

/** Milliseconds. Clients give up later: Foundry after 100 s. */
const callBudget = 60_000

/** Throws a Failure, or whatever nobody foresaw. */
export type CallTool = (call: {
  tool: Tool
  args: unknown
  caller: Caller
  trace: Trace
}) => Promise<ToolResult>

export function toolHandler(services: Services): CallTool {
  const { settings, onBehalfOf, consent, createApi, rateLimit, now } = services
  const mac = services.keys.mac('tool binding')
  return async ({ tool, args, caller, trace }) => {
    const user = userKey(caller)
    const retryAfterSeconds = rateLimit(`${tool.name} ${user}`)
    if (retryAfterSeconds > 0) throw new Failure({ reason: 'rate_limited', retryAfterSeconds })

    const { roles, acrs } = tool.access.missing(caller)
    if (roles.length > 0) throw new Failure({ reason: 'app_role_missing', roles })
    const [context] = acrs
    if (context) throw claimsDemand(caller, authContextClaims(context))

    const { tid, oid } = caller
    const deadline = now() + callBudget
    const apiOf = ({ name, baseUrl, scope, definition }: Downstream) => {
      const downstreamScope = scope(settings)
      const exchange = async (claims?: string) => {
        try {
          return (await onBehalfOf(caller, downstreamScope, claims ? { claims } : {})).token
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          const asked = { tid, oid, tool: tool.name, scope: downstreamScope }
          throw await withLink(error, { asked, downstream: name, consent })
        }
      }
      return createApi({
        ...{ name, baseUrl: baseUrl(settings), user, token: exchange, deadline, trace },
        knownErrors: definition.knownErrors ?? [],
        claimsDemand: (claims) => claimsDemand(caller, claims),
      })
    }
    const binding = {
      sign: (text: string) => mac.sign([tool.name, tid, oid, text]),
      verify: (text: string, signature: string) =>
        mac.verify([tool.name, tid, oid, text], signature),
    }
    return withTimeLimit(callBudget, (signal) =>
      tool.call(args, { apiOf, user: { tid, oid }, binding, deadline, signal, now }),
    )
  }
}

/** Where consent is what is missing, the person gets a way to give it. */
async function withLink(
  failure: Failure,
  { asked, downstream, consent }: { asked: Asked; downstream: string; consent: Consent },
): Promise<Failure> {
  const { detail, cause } = failure
  switch (detail.reason) {
    case 'consent_required': {
      const link = await consent.userLink(asked)
      return new Failure({ ...detail, downstream, link }, { cause })
    }
    case 'admin_consent_required': {
      const link = consent.adminLink(asked.scope)
      return new Failure({ ...detail, downstream, link }, { cause })
    }
    default:
      return failure
  }
}
