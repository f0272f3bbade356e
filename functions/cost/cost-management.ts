/**
 * Cost Management as one call asks it. Its data change every few hours and its quotas are the whole tenant's
 * (https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation), so an answer serves the same
 * user for ten minutes; `asOf` says how old the oldest is that the call went by.
 */
import type { Api } from '../../shared/api-client/api.ts'
import type { arm } from '../../shared/downstreams.ts'
import type { ToolContext } from '../../shared/mcp/tool.ts'
import type * as z from '../../shared/zod.ts'

export type CostManagement = {
  /** `question`: all that the answer depends on. */
  ask: <Answer>(
    question: readonly unknown[],
    schema: z.ZodType<Answer>,
    find: (api: Api) => Promise<Answer>,
  ) => Promise<Answer>
  /** ISO 8601. */
  asOf: () => string
}

export function costManagement(
  context: Pick<ToolContext<never, typeof arm>, 'api' | 'remember' | 'now'>,
): CostManagement {
  const { api, remember, now } = context
  let oldest = Number.POSITIVE_INFINITY
  return {
    async ask(question, schema, find) {
      const asked = await remember(JSON.stringify(question), schema, () => find(api))
      oldest = Math.min(oldest, asked.asOf)
      return asked.answer
    },
    asOf: () => new Date(Math.min(oldest, now())).toISOString(),
  }
}
