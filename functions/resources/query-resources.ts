/** Passes a KQL query on unchanged: Resource Graph only reads, with the permissions of the user. */
import { resourceGraph } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { resourceAnalyst } from './access.ts'
import { rowsOf } from './rows.ts'

/** The query decides the columns. */
const row = z.looseObject({})

/** Characters of JSON: more than a model can use. */
const longestAnswer = 100_000

export const queryResources = defineTool({
  name: 'query_resources',
  description:
    'Runs a query in the Kusto query language (KQL) over Azure resources, across all subscriptions that the signed-in user may read, such as "Resources | summarize count() by type | order by count_ desc". Tables: Resources, ResourceContainers (subscriptions and resource groups) and others of Azure Resource Graph.',
  effect: 'reads',
  access: resourceAnalyst,
  downstream: resourceGraph,
  input: z.strictObject({
    query: z
      .string()
      .min(1)
      .max(10_000)
      .describe('KQL. Name columns with project; strings ignore case with =~ and in~'),
    subscriptions: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(100)
      .optional()
      .describe('Subscription ids; defaults to all that the user may read'),
    limit: z.int().min(1).max(1000).default(100).describe('Maximum number of rows'),
  }),
  output: z.object({
    rows: z.array(row),
    omitted: z
      .number()
      .describe('How many more rows the query has; count or summarize them instead'),
    note: z.string().optional().describe('Why there are fewer rows than asked for'),
  }),
  async run({ api, input }) {
    const { rows, omitted } = await rowsOf(api, { ...input, row })
    const shown = shortened(rows)
    if (shown.length === rows.length) return { rows, omitted }
    return {
      rows: shown,
      omitted: omitted + rows.length - shown.length,
      note: 'The rows were too large for one answer. Select fewer columns with project.',
    }
  },
})

function shortened<Row>(rows: readonly Row[]): Row[] {
  let length = 0
  const end = rows.findIndex((row) => {
    length += JSON.stringify(row).length
    return length > longestAnswer
  })
  return rows.slice(0, end < 0 ? rows.length : end)
}
