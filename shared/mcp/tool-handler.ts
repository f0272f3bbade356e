/** Runs one call of one tool: checks the rate limit, then roles, actor and authentication context. */
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Trace } from '../api-client/connection.ts'
import { type Caller, userKey } from '../entra/caller.ts'
import { authContextClaims, claimsChallenge } from '../entra/claims-challenge.ts'
import { Failure } from '../failure.ts'
import type { Services } from '../services.ts'
import type { InCall } from './call-context.ts'
import type { Tool } from './tool.ts'

/** @throws Failure, or an unexpected error */
export type CallTool = (call: {
  tool: Tool
  args: unknown
  caller: Caller
  trace: Trace
}) => Promise<CallToolResult>

export function toolHandler({ rateLimit, settings }: Services, inCall: InCall): CallTool {
  return async ({ tool, args, caller, trace }) => {
    const retryAfterSeconds = rateLimit(`${tool.name} ${userKey(caller)}`)
    if (retryAfterSeconds > 0) throw new Failure({ reason: 'rate_limited', retryAfterSeconds })

    const { roles, acrs, actors } = tool.access.missing(caller, settings)
    const [wanted] = actors
    if (wanted) throw new Failure({ reason: 'actor_refused', wanted })
    if (roles.length > 0) throw new Failure({ reason: 'app_role_missing', roles })
    const [context] = acrs
    if (context) throw claimsChallenge(caller, authContextClaims(context))

    return inCall({ name: tool.name, caller, trace }, (context) => tool.call(args, context))
  }
}
