/**
 * One call of one tool for one caller: access to its API bound to the caller, and time. The exchange waits until the
 * tool first asks its API for something, so that a call which ends before costs nothing.
 */
import type { Caller } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import type { Services } from '../services.ts'
import type { JsonObject, Tool } from './tool.ts'

/** Milliseconds. Clients give up later: Foundry after 100 s. */
const callBudget = 60_000

/** Throws a Failure, or whatever nobody foresaw. */
export type CallTool = (call: {
  tool: Tool
  args: unknown
  caller: Caller
  onRequestId: (id: string) => void
}) => Promise<JsonObject>

export function toolHandler({ settings, onBehalfOf, signIn, now }: Services): CallTool {
  return async ({ tool, args, caller, onRequestId }) => {
    const { roles } = tool.access.missing(caller)
    if (roles.length > 0) throw new Failure({ reason: 'app_role_missing', roles })

    const { name, baseUrl, scope } = tool.downstream
    const deadline = now() + callBudget
    const api = signIn({
      name,
      baseUrl: baseUrl(settings),
      token: async () => (await onBehalfOf(caller, scope(settings))).token,
      deadline,
      onRequestId,
    })
    return tool.call(args, { api, user: { tid: caller.tid, oid: caller.oid }, deadline, now })
  }
}
