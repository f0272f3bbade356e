/**
 * From the path of a scope to what it covers, for a user who may read its costs: role assignments decide here and
 * nowhere else.
 */
import type { Subscription } from '../seed.ts'
import type { SignedInUser } from './access-token.ts'
import { type CostRecord, managementGroups, resourceGroupsOf } from './data.ts'
import { authorizationFailed, resourceGroupNotFound, subscriptionNotFound } from './errors.ts'

export type CostScope = {
  /** As asked for, without a slash at the end. */
  id: string
  kind: 'subscription' | 'resourceGroup' | 'managementGroup'
  subscriptions: Subscription[]
  covers: (record: CostRecord) => boolean
}

/** @throws Refusal 403 or 404; 404 for a resource group only once the subscription may be read. */
export type ReadableScope = (asked: {
  scope: string
  user: SignedInUser
  /** For the refusal, as `Microsoft.CostManagement/query/action`. */
  action: string
}) => CostScope

export function createScopes(subscriptions: Subscription[]): ReadableScope {
  return ({ scope, user, action }) => {
    const found = findScope(scope, subscriptions)
    if (!found.readers.includes(user.oid)) throw authorizationFailed({ ...user, action, scope })
    const { resourceGroup } = found
    if (resourceGroup === undefined) return { ...found, covers: () => true }
    const name = resourceGroup.toLowerCase()
    const exists = found.subscriptions.some((each) => resourceGroupsOf(each).includes(name))
    if (!exists) throw resourceGroupNotFound(resourceGroup)
    return { ...found, covers: (record) => record.resourceGroup.toLowerCase() === name }
  }
}

type FoundScope = Omit<CostScope, 'covers'> & {
  readers: string[]
  resourceGroup: string | undefined
}

function findScope(id: string, subscriptions: Subscription[]): FoundScope {
  const [, groupName] = managementGroupPath.exec(id) ?? []
  if (groupName !== undefined) {
    const group = managementGroups.find(({ name }) => name === groupName.toLowerCase())
    // ARM does not tell a group that is not there from one that is not yours.
    return {
      id,
      kind: 'managementGroup',
      subscriptions: subscriptions.filter((each) => group?.subscriptions.includes(each.id)),
      readers: group?.readers ?? [],
      resourceGroup: undefined,
    }
  }
  const [, subscriptionId = '', resourceGroup] = subscriptionPath.exec(id) ?? []
  const subscription = subscriptions.find((each) => each.id === subscriptionId.toLowerCase())
  if (subscription === undefined) throw subscriptionNotFound(subscriptionId)
  return {
    id,
    kind: resourceGroup === undefined ? 'subscription' : 'resourceGroup',
    subscriptions: [subscription],
    readers: subscription.readers,
    resourceGroup,
  }
}

const managementGroupPath = /^\/providers\/Microsoft\.Management\/managementGroups\/([^/]+)$/i
const subscriptionPath = /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?$/i

/** The scopes known here, for the paths of operations. */
export const scopePattern =
  '(?<scope>/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?|/providers/Microsoft\\.Management/managementGroups/[^/]+)'
