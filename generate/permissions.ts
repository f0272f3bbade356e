/**
 * Computes infra/permissions.json from the endpoints: scopes, roles and downstream APIs. Bicep, the local stack and the
 * tables in the docs use it.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Downstream, graph } from '../shared/downstreams.ts'
import type { AppRole, Scope } from '../shared/mcp/access.ts'
import { downstreamsOf, type EndpointDefinition } from '../shared/mcp/define-endpoint.ts'

export type Permissions = ReturnType<typeof permissionsOf>

/** @throws an Error for an endpoint, scope, role or setting with two different definitions */
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
    /** Base URL settings by cloud (`environment().name` in Bicep). */
    baseUrls: {
      AzureCloud: baseUrlsIn('AzureCloud', endpoints),
      AzureUSGovernment: baseUrlsIn('AzureUSGovernment', endpoints),
      AzureChinaCloud: baseUrlsIn('AzureChinaCloud', endpoints),
    },
  }
}

/** One API, with the scopes of all its definitions. */
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

/** The base URLs of all APIs that the app needs, without duplicates. */
export const baseUrlsOf = (endpoints: readonly EndpointDefinition[]) =>
  once(
    'app setting',
    [...readByTheApp, ...downstreamsOf(endpoints)].map(({ name, definition }) => ({
      ...{ api: name, setting: definition.baseUrl.name, byDefault: definition.baseUrl.byDefault },
      nationalClouds: definition.nationalClouds,
    })),
    ({ setting }) => setting,
  )

/** The app itself reads consents from Microsoft Graph. */
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

/** Removes duplicates. @throws an Error when two definitions of a name differ */
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
