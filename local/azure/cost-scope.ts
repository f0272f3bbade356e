/** Resolves a scope's path to what it covers, and checks that the user's role assignments allow reading its costs. */
import type { Subscription } from '../seed.ts'
import type { SignedInUser } from './access-token.ts'
import { type CostRecord, managementGroups, resourceGroupsOf } from './data.ts'
import { authorizationFailed, resourceGroupNotFound, subscriptionNotFound } from './errors.ts'

export type CostScope = {
  /** As requested, without trailing slash. */
  id: string
  kind: 'subscription' | 'resourceGroup' | 'managementGroup'
  subscriptions: Subscription[]
  covers: (record: CostRecord) => boolean
}

/** @throws Refusal 403 or 404; 404 for a resource group only when the user may read its subscription */
export type ReadableScope = (asked: {
  scope: string
  user: SignedInUser
  /** Named in the refusal: `Microsoft.CostManagement/query/action`. */
  action: string
}) => CostScope

/** `readers` of the seed stand for role assignments. */
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
    // ARM answers the same for a missing group and for one that the user may not read.
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

/** Matches the supported scopes in the paths of operations. */
export const scopePattern =
  '(?<scope>/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?|/providers/Microsoft\\.Management/managementGroups/[^/]+)'
