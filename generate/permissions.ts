/**
 * What an administrator and a deployment have to know of the endpoints: infra/permissions.json. Bicep, the local stack
 * and the tables of the documents are made from it.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Downstream, graph } from '../shared/downstreams.ts'
import type { AppRole, Scope } from '../shared/mcp/access.ts'
import { downstreamsOf, type EndpointDefinition } from '../shared/mcp/define-endpoint.ts'

export type Permissions = ReturnType<typeof permissionsOf>

/** @throws when an endpoint, a scope, a role or a base URL is defined twice, and differently */
export function permissionsOf(endpoints: readonly EndpointDefinition[]) {
  const access = endpoints.flatMap(({ tools }) => tools.map((tool) => tool.access))
  const behind = downstreamsOf(endpoints)
  once('endpoint', endpoints, ({ name }) => name)
  return {
    endpoints: endpoints.map(({ name, tools }) => ({
      name,
      scopes: [...new Set(tools.flatMap(({ access }) => access.scopes.map(({ value }) => value)))],
    })),
    scopes: once(
      'scope',
      access.flatMap(({ scopes }): readonly Scope[] => scopes),
      byValue,
    ),
    appRoles: once(
      'app role',
      access.flatMap(({ roles }): readonly AppRole[] => roles),
      byValue,
    ),
    downstream: [...Map.groupBy(behind, ({ definition }) => definition.resource).values()].flatMap(
      ([first, ...others]) => (first ? [permissionsAt(first, others)] : []),
    ),
    /** App settings that follow from the cloud, by `environment().name` of Bicep. */
    baseUrls: {
      AzureCloud: baseUrlsIn('AzureCloud', endpoints),
      AzureUSGovernment: baseUrlsIn('AzureUSGovernment', endpoints),
      AzureChinaCloud: baseUrlsIn('AzureChinaCloud', endpoints),
    },
  }
}

/** One API, with the scopes of all values that stand for it. */
const permissionsAt = ({ name, definition }: Downstream, others: readonly Downstream[]) => ({
  name,
  resource: definition.resource,
  setting: definition.baseUrl.name,
  appId: definition.appId ?? '',
  scopes: once(
    'scope',
    [definition, ...others.map((it) => it.definition)].map(({ scope, scopeId = '' }) => ({
      id: scopeId,
      value: scope,
    })),
    byValue,
  ),
})

/** The base URLs of all APIs that the app needs, each once. */
export const baseUrlsOf = (endpoints: readonly EndpointDefinition[]) =>
  once(
    'app setting',
    [...readByTheApp, ...downstreamsOf(endpoints)].map(({ name, definition }) => ({
      ...{ api: name, setting: definition.baseUrl.name, byDefault: definition.baseUrl.byDefault },
      nationalClouds: definition.nationalClouds,
    })),
    ({ setting }) => setting,
  )

/** Microsoft Graph says what has been consented to. */
const readByTheApp: readonly Downstream[] = [graph]

const baseUrlsIn = (
  cloud: string,
  endpoints: readonly EndpointDefinition[],
): Record<string, string> =>
  Object.fromEntries(
    baseUrlsOf(endpoints).flatMap(({ setting, byDefault, nationalClouds }) =>
      nationalClouds ? [[setting, nationalClouds[cloud] ?? byDefault ?? '']] : [],
    ),
  )

const byValue = ({ value }: { value: string }) => value

/** What is defined in several places has to be the same in all. */
function once<Item>(kind: string, items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  const found = new Map<string, Item>()
  for (const item of items) {
    const known = found.get(nameOf(item)) ?? item
    if (!isDeepStrictEqual(known, item) || (kind === 'endpoint' && known !== item)) {
      const cure =
        kind === 'endpoint'
          ? 'choose another name for one of the two'
          : 'export the first and use it in both places'
      throw new Error(`The ${kind} ${nameOf(item)} is defined twice, and differently: ${cure}`)
    }
    found.set(nameOf(item), item)
  }
  return [...found.values()]
}
