/** Generates tools with arguments and a result; a tenth of them require a role. */
import * as z from 'zod'
import { costExporter, costReader } from '../../functions/cost/access.ts'
import { date } from '../../functions/cost/period.ts'
import { arm } from '../../shared/downstreams.ts'
import { defineTool, type Tool } from '../../shared/mcp/tool.ts'

export const generatedTools = (count: number): Tool[] =>
  Array.from({ length: count }, (_, index) => {
    const output = z.object({ rows: z.array(z.object({ name: z.string(), cost: z.number() })) })
    return defineTool({
      name: `cost_of_${index}`,
      description: `What service ${index} costs, by month, with the names of the resources behind it.`,
      effect: 'reads',
      access: index % 10 === 0 ? costExporter : costReader,
      downstream: arm,
      input: z.strictObject({
        scope: z.string().describe('A subscription id, a GUID'),
        from: date.optional().describe('First day, YYYY-MM-DD'),
        to: date.optional().describe('Last day, YYYY-MM-DD'),
        limit: z.number().int().min(1).max(1000).default(100),
      }),
      output,
      run: ({ api }) => api.get('/subscriptions?api-version=2022-12-01', output),
    })
  })
