/** Lists the groups of the signed-in user, including groups within groups. */
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { directoryReader } from './access.ts'
import { advancedList } from './advanced-list.ts'
import { graphOfGroups } from './graph.ts'

const group = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  groupTypes: z.array(z.string()).default([]),
  securityEnabled: z.boolean().nullish(),
})

const kind = z
  .enum(['security', 'microsoft_365', 'distribution'])
  .describe('What the group is for: permissions, shared work, or mail')

export const listMyGroups = defineTool({
  name: 'list_my_groups',
  description:
    'Lists the groups that the signed-in user is a member of, directly or through another group: security groups, Microsoft 365 groups and distribution lists, ordered by name.',
  effect: 'reads',
  access: directoryReader,
  downstream: graphOfGroups,
  input: z.strictObject({
    limit: z.int().min(1).max(1000).default(200).describe('Maximum number of groups'),
  }),
  output: z.object({
    groups: z.array(
      z.object({
        id: z.string().describe('Object id in Microsoft Entra, a GUID'),
        name: z.string(),
        kind,
      }),
    ),
    omitted: z.number().describe('How many more there are'),
  }),
  async run({ api, input: { limit } }) {
    // https://learn.microsoft.com/graph/api/user-list-transitivememberof
    const { entries, omitted } = await advancedList(
      api,
      '/v1.0/me/transitiveMemberOf/microsoft.graph.group',
      {
        entry: group,
        query: { $select: Object.keys(group.shape).join(), $orderby: 'displayName' },
        limit,
      },
    )
    return {
      groups: entries.map((it) => ({ id: it.id, name: it.displayName || it.id, kind: kindOf(it) })),
      omitted,
    }
  },
})

/** A Microsoft 365 group may be security-enabled, too: https://learn.microsoft.com/graph/api/resources/groups-overview */
function kindOf({ groupTypes, securityEnabled }: z.output<typeof group>): z.output<typeof kind> {
  if (groupTypes.includes('Unified')) return 'microsoft_365'
  return securityEnabled ? 'security' : 'distribution'
}
