/**
 * The resources of the seed's subscriptions as Resource Graph lists them (types, locations and resource groups in lower
 * case), and who may read them.
 */
import { carol, type Subscription, tenantId } from '../seed.ts'
import { resourceGroupsOf } from './data.ts'
import type { Row, Table } from './kql/evaluate.ts'

type Kind = { type: string; prefix: string; sku: string | null; properties: Row }

/** The resources in each area of a subscription (services.ts). */
const kindsByArea: Record<string, Kind[]> = {
  web: [
    kind('microsoft.web/sites', 'app', null, { state: 'Running', httpsOnly: true }),
    kind('microsoft.storage/storageaccounts', 'st', 'Standard_LRS', { accessTier: 'Hot' }),
  ],
  compute: [
    kind('microsoft.compute/virtualmachines', 'vm', null, {
      hardwareProfile: { vmSize: 'Standard_D4s_v5' },
      extended: { instanceView: { powerState: { code: 'PowerState/running' } } },
    }),
    kind('microsoft.compute/disks', 'disk', 'Premium_LRS', {
      diskState: 'Unattached',
      diskSizeGB: 128,
    }),
  ],
  data: [
    kind('microsoft.sql/servers', 'sql', null, { publicNetworkAccess: 'Disabled' }),
    kind('microsoft.storage/storageaccounts', 'stdata', 'Standard_GRS', { accessTier: 'Cool' }),
  ],
  network: [
    kind('microsoft.network/publicipaddresses', 'pip', 'Standard', { ipAddress: '203.0.113.7' }),
  ],
  platform: [kind('microsoft.keyvault/vaults', 'kv', null, { enableRbacAuthorization: true })],
}

function kind(type: string, prefix: string, sku: string | null, properties: Row): Kind {
  return { type, prefix, sku, properties }
}

/** Users who may read one resource group, but not its subscription: `oid`s by the group's name. */
const readersOfGroups: Partial<Record<string, readonly string[]>> = {
  'rg-fabrikam-retail-data': [carol.oid],
}

const columns = [
  ...['id', 'name', 'type', 'tenantId', 'kind', 'location', 'resourceGroup', 'subscriptionId'],
  ...['managedBy', 'sku', 'plan', 'properties', 'tags', 'identity', 'zones', 'extendedLocation'],
]

/** Tables by name, with the rows of `subscriptions` that the user `oid` may read. */
export function tablesFor(
  subscriptions: readonly Subscription[],
  oid: string,
): { resources: Table; resourcecontainers: Table } {
  const groups = subscriptions.flatMap((subscription) =>
    resourceGroupsOf(subscription)
      .filter(
        (group) => subscription.readers.includes(oid) || readersOfGroups[group]?.includes(oid),
      )
      .map((group) => ({ subscription, group })),
  )
  const readable = subscriptions.filter(({ readers }) => readers.includes(oid))
  const containers = [
    ...readable.map(subscriptionRow),
    ...groups.map(({ subscription, group }) => groupRow(subscription, group)),
  ]
  return {
    resources: {
      columns,
      rows: groups.flatMap(({ subscription, group }) => rowsOf(subscription, group)),
    },
    resourcecontainers: { columns, rows: containers },
  }
}

const empty = {
  ...{ tenantId, kind: '', managedBy: '', plan: null, identity: null, zones: null },
  ...{ extendedLocation: null, sku: null, location: '', resourceGroup: '', tags: null },
}

const subscriptionRow = ({ id, name }: Subscription): Row => ({
  ...empty,
  id: `/subscriptions/${id}`,
  name,
  type: 'microsoft.resources/subscriptions',
  subscriptionId: id,
  properties: { state: 'Enabled' },
})

const groupRow = ({ id: subscriptionId }: Subscription, name: string): Row => ({
  ...empty,
  id: `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
  name,
  type: 'microsoft.resources/subscriptions/resourcegroups',
  location: 'westeurope',
  resourceGroup: name,
  subscriptionId,
  properties: { provisioningState: 'Succeeded' },
})

function rowsOf(subscription: Subscription, group: string): Row[] {
  const area = group.slice(group.lastIndexOf('-') + 1)
  const environment = /staging|research/i.test(subscription.name) ? 'staging' : 'production'
  return (kindsByArea[area] ?? []).flatMap(({ type, prefix, sku, properties }) =>
    ['westeurope', 'northeurope'].map((location, index): Row => {
      const name = `${prefix}-${group.slice('rg-'.length)}-${index + 1}`
      const { id: subscriptionId } = subscription
      return {
        ...{ ...empty, name, type, location, resourceGroup: group, subscriptionId, properties },
        id: `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/${type}/${name}`,
        sku: sku === null ? null : { name: sku },
        tags: { environment, 'Cost Center': area === 'data' ? "CC-2002 'shared'" : 'CC-1001' },
      }
    }),
  )
}
