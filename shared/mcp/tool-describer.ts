/**
 * Lets another server describe an endpoint's tools to one caller, under the same conditions as a call: a scope, the rate
 * limit, the time limit. Schemas that some clients refuse are reported once.
 */
import type { Trace } from '../api-client/connection.ts'
import { type Caller, userKey } from '../entra/caller.ts'
import { Failure } from '../failure.ts'
import type { Services } from '../services.ts'
import type { InCall } from './call-context.ts'
import type { EndpointDefinition, ToolWords } from './define-endpoint.ts'
import { problemsOf } from './json-schema.ts'

/** Undefined for a caller without a scope for any tool. @throws Failure */
export type DescribeTools = (
  caller: Caller,
  trace: Trace,
) => Promise<ReadonlyMap<string, ToolWords> | undefined>

export function toolDescriber(
  { name, tools, describe = async () => new Map() }: EndpointDefinition,
  { rateLimit, report, settings }: Services,
  inCall: InCall,
): DescribeTools {
  const reported = new Set<string>()
  const reportSchemas = (words: ReadonlyMap<string, ToolWords>) => {
    for (const [tool, { inputSchema, outputSchema }] of words) {
      const problems = [inputSchema, outputSchema].flatMap((schema) => problemsOf(schema))
      if (problems.length === 0 || reported.has(tool)) continue
      reported.add(tool)
      const keywords = new Set(problems.map((problem) => problem.split(' ')[0]))
      const detail = `/mcp/${name}: the schema of ${tool} has ${[...keywords].join(', ')}, which some clients refuse`
      report('schema_refused_by_clients', detail, 'information')
    }
  }

  return async (caller, trace) => {
    // As with calls, no exchange without a scope. A list does not ask the client to sign in, though.
    if (tools.every(({ access }) => access.missing(caller, settings).scopes.length > 0))
      return undefined
    const retryAfterSeconds = rateLimit(`tools/list ${name} ${userKey(caller)}`)
    if (retryAfterSeconds > 0) throw new Failure({ reason: 'rate_limited', retryAfterSeconds })
    const words = await inCall({ name: 'tools/list', caller, trace }, describe)
    reportSchemas(words)
    return words
  }
}
