/**
 * Cost Management as one call asks it. Its data changes every few hours and its quotas are shared by the tenant
 * (https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation), so an answer is reused for the
 * same user for ten minutes.
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
  /** The age of the oldest answer that the call used, ISO 8601. */
  asOf: () => string
}

/**
 * A name of our own has its own quota. Requests without one share the tenant's, which others keep empty.
 * https://github.com/electrolux-oss/azure-cost-exporter/pull/8
 */
export const costHeaders = { ClientType: 'mcp-on-behalf-of' }

export function costManagement(
  context: Pick<ToolContext<never, typeof arm>, 'api' | 'remember' | 'now'>,
): CostManagement {
  const { api, remember, now } = context
  let oldest = Number.POSITIVE_INFINITY
  return {
    async ask(question, schema, find) {
      const { answer, asOf } = await remember(JSON.stringify(question), schema, () => find(api))
      oldest = Math.min(oldest, asOf)
      return answer
    },
    asOf: () => new Date(Math.min(oldest, now())).toISOString(),
  }
}
