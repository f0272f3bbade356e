/** Finds Azure resources by properties that people know, with a KQL query that is built here. */
import { resourceGraph } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { resourceReader } from './access.ts'
import { isOneLine, literal, query } from './kql.ts'
import { rowsOf } from './rows.ts'

const text = z.string().min(1).max(260).refine(isOneLine, 'must be text on one line')

const resource = z.object({
  id: z.string().describe('ARM id'),
  name: z.string(),
  type: z.string().describe('Resource type, in lower case'),
  location: z.string().describe('Azure region'),
  resourceGroup: z.string().describe('Name of the resource group'),
  subscriptionId: z.string().describe('Subscription id, a GUID'),
})

const input = z.strictObject({
  type: text.optional().describe('Resource type, such as Microsoft.Compute/virtualMachines'),
  name: text.optional().describe('Part of the name'),
  tag: text.optional().describe('Tag of the resource, as name or name=value'),
  location: text.optional().describe('Azure region, such as westeurope'),
  resourceGroup: text.optional().describe('Name of the resource group'),
  subscription: z
    .string()
    .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a subscription id')
    .optional()
    .describe('Subscription id, a GUID; defaults to all that the user may read'),
  limit: z.int().min(1).max(1000).default(50).describe('Maximum number of resources'),
})

export const findResources = defineTool({
  name: 'find_resources',
  description:
    'Finds Azure resources (virtual machines, databases, networks and so on) by type, part of the name, tag, location or resource group, across all subscriptions that the signed-in user may read. A resource has to match all arguments.',
  effect: 'reads',
  access: resourceReader,
  downstream: resourceGraph,
  input,
  output: z.object({
    resources: z.array(resource),
    omitted: z
      .number()
      .describe('How many more there are; add arguments to narrow the search, or raise limit'),
  }),
  async run({ api, input }) {
    const { subscription, limit } = input
    const subscriptions = subscription ? [subscription] : undefined
    const question = { query: findQuery(input), subscriptions, limit, row: resource }
    const { rows, omitted } = await rowsOf(api, question)
    return { resources: rows, omitted }
  },
})

/** Resource Graph pages only rows with an id, and keeps their order only if the query has one. */
export const findQuery = ({ type, name, tag, location, resourceGroup }: z.output<typeof input>) =>
  query(
    'Resources',
    type && `where type =~ ${literal(type)}`,
    name && `where name contains ${literal(name)}`,
    tag && tagCondition(tag),
    location && `where location =~ ${literal(location)}`,
    resourceGroup && `where resourceGroup =~ ${literal(resourceGroup)}`,
    `project ${Object.keys(resource.shape).join(', ')}`,
    'order by id asc',
  )

function tagCondition(tag: string): string {
  const at = tag.indexOf('=')
  if (at < 1) return `where isnotempty(tags[${literal(tag)}])`
  return `where tags[${literal(tag.slice(0, at))}] =~ ${literal(tag.slice(at + 1))}`
}
