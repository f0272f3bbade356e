/** ARM's subscriptions: lists contain only those on which the user has a role. */
import type { Subscription } from '../seed.ts'
import type { ArmOperation } from './arm.ts'
import { authorizationFailed, invalidApiVersion, subscriptionNotFound } from './errors.ts'
import type { Paged } from './paging.ts'
import type { Settings } from './settings.ts'

/** Azure/azure-rest-api-specs, Microsoft.Resources, Subscriptions: List and Get. */
export function subscriptionOperations(options: {
  /** ARM's base URL, for `nextLink`. */
  arm: string
  tenantId: string
  subscriptions: Subscription[]
  paged: Paged
  settings: () => Settings
}): ArmOperation[] {
  const { arm, tenantId, subscriptions, paged, settings } = options
  const common = {
    at: 'subscriptions',
    method: 'GET',
    apiVersions,
    unknownApiVersion: invalidApiVersion(apiVersions),
  } as const
  return [
    {
      ...common,
      path: /^\/subscriptions\/?$/i,
      run({ user, apiVersion, skiptoken }) {
        const readable = subscriptions.filter(({ readers }) => readers.includes(user.oid))
        const { pageSize } = settings()
        const page = paged({ items: readable, pageSize, list: user.oid, skiptoken })
        return Response.json({
          value: page.items.map((each) => armSubscription(each, tenantId)),
          count: { type: 'Total', value: readable.length },
          ...(page.skiptoken === undefined
            ? {}
            : {
                nextLink: `${arm}/subscriptions?api-version=${apiVersion}&$skiptoken=${page.skiptoken}`,
              }),
        })
      },
    },
    {
      ...common,
      path: /^\/subscriptions\/(?<id>[^/]+)\/?$/i,
      run({ user, params: { id = '' } }) {
        const subscription = subscriptions.find((each) => each.id === id.toLowerCase())
        if (subscription === undefined) throw subscriptionNotFound(id)
        if (!subscription.readers.includes(user.oid)) {
          const action = 'Microsoft.Resources/subscriptions/read'
          throw authorizationFailed({ ...user, action, scope: `/subscriptions/${id}` })
        }
        return Response.json(armSubscription(subscription, tenantId))
      },
    },
  ]
}

const apiVersions = ['2016-06-01', '2020-01-01', '2021-01-01', '2022-12-01']

const armSubscription = ({ id, name }: Subscription, tenantId: string) => ({
  id: `/subscriptions/${id}`,
  authorizationSource: 'RoleBased',
  managedByTenants: [],
  subscriptionId: id,
  tenantId,
  displayName: name,
  state: 'Enabled',
  subscriptionPolicies: {
    locationPlacementId: 'Public_2014-09-01',
    quotaId: 'EnterpriseAgreement_2014-09-01',
    spendingLimit: 'Off',
  },
})
