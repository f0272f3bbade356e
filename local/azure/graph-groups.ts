/** The signed-in user's groups in Graph, including nested ones. */
import { delegated, type GraphOperation } from './graph.ts'
import { unsupportedQuery } from './graph-errors.ts'
import { listed } from './odata.ts'
import type { Paged } from './paging.ts'
import { groupsOf } from './profiles.ts'
import type { Settings } from './settings.ts'

/** Microsoft Graph, "List a user's memberships (direct and transitive)". */
export function groupOperations(options: {
  paged: Paged
  settings: () => Settings
}): GraphOperation[] {
  const { paged, settings } = options
  return [
    {
      at: 'groups',
      method: 'GET',
      // The cast excludes administrative units and directory roles.
      path: /^\/v1\.0\/me\/transitiveMemberOf\/microsoft\.graph\.group$/,
      allows: delegated('User.Read', 'GroupMember.Read.All'),
      run({ token, oid, url, query, eventual }) {
        // "Advanced query capabilities on directory objects": casts need both.
        if (!eventual || query.get('$count') !== 'true') {
          throw unsupportedQuery(
            "The request uses an OData cast, which needs 'ConsistencyLevel: eventual' and $count=true.",
          )
        }
        const isNamed = delegated('GroupMember.Read.All')(token)
        const entities = groupsOf(oid).map(({ members: _, ...group }) =>
          isNamed ? group : withoutDetails(group),
        )
        return listed({
          ...{ entities, type: 'group', url, query, paged, eventual },
          pageSize: settings().pageSize,
        })
      },
    },
  ]
}

/** "Limited information returned for inaccessible member objects" (Microsoft Graph permissions overview). */
const withoutDetails = (group: object) =>
  Object.fromEntries(
    Object.entries(group).map(([name, value]) => [name, name === 'id' ? value : null]),
  )
