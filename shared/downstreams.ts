/**
 * APIs that tools call, as values: the base URL of each, and the delegated scope that an exchange requests. Define an
 * API of your own beside the tools that use it. Microsoft's are defined here, because several endpoints may use them.
 */
import { costManagementErrors } from './api-client/cost-management-errors.ts'
import type { KnownError } from './api-client/failures.ts'
import { graphErrors } from './api-client/graph-errors.ts'
import { resourceGraphErrors } from './api-client/resource-graph-errors.ts'

export type BaseUrlSetting = {
  name: string
  /** Undefined: the setting is required. */
  byDefault: string | undefined
}

export type DownstreamDefinition = {
  /** The name in sentences to people. */
  name: string
  /** Identifier URI, without trailing slash. */
  resource: string
  /** The base URL, which is also the identifier URI, in each national cloud, by Azure's name of the cloud. */
  nationalClouds?: Readonly<Record<string, string>>
  /** The short name of one scope. */
  scope: string
  baseUrl: BaseUrlSetting
  /** GUIDs of its app registration and of the scope, if they are the same in every tenant. */
  appId?: string
  scopeId?: string
  /** Errors with a sentence of their own; for others the status decides. */
  knownErrors?: readonly KnownError[]
}

/** The base URLs among the app's settings, by the name of the setting. */
type Settings = { baseUrls: Readonly<Record<string, string>> }

export type Downstream = {
  name: string
  definition: DownstreamDefinition
  baseUrl: (settings: Settings) => string
  /** Identifier URI, in the cloud of the base URL. */
  resource: (settings: Settings) => string
  scope: (settings: Settings) => string
}

/** The app setting that holds a base URL. Without a default, the app does not start until it is set. */
export const setting = (name: string, byDefault?: string): BaseUrlSetting => ({ name, byDefault })

/**
 * Defines an API that tools call as the signed-in user. Its base URL becomes an app setting.
 * @example
 * defineDownstream({
 *   name: 'Orders', resource: 'api://orders', scope: 'Orders.Read', baseUrl: setting('ORDERS_BASE_URL'),
 * })
 */
export function defineDownstream(definition: DownstreamDefinition): Downstream {
  const { name } = definition
  const nationalResources = Object.values(definition.nationalClouds ?? {})
  const baseUrl = ({ baseUrls }: Settings) => {
    const found = baseUrls[definition.baseUrl.name]
    if (found === undefined) throw new Error(`${definition.baseUrl.name} was not parsed`)
    return found
  }
  // A national cloud's own resource; an emulator or a gateway in front answers for the public cloud's.
  const resource = (settings: Settings) =>
    nationalResources.find((it) => it === baseUrl(settings)) ?? definition.resource
  return {
    ...{ name, definition, baseUrl, resource },
    scope: (settings) => `${resource(settings)}/${definition.scope}`,
  }
}

/** Azure Resource Manager. https://learn.microsoft.com/rest/api/azure */
export const arm = defineDownstream({
  name: 'Azure Resource Manager',
  resource: 'https://management.azure.com',
  nationalClouds: {
    AzureUSGovernment: 'https://management.usgovcloudapi.net',
    AzureChinaCloud: 'https://management.chinacloudapi.cn',
  },
  scope: 'user_impersonation',
  baseUrl: setting('ARM_BASE_URL', 'https://management.azure.com'),
  appId: '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  scopeId: '41094075-9dad-400e-a0bd-54e686782033',
  knownErrors: costManagementErrors,
})

/** Azure Resource Manager's queries across subscriptions, which have errors of their own. */
export const resourceGraph = defineDownstream({
  ...arm.definition,
  knownErrors: resourceGraphErrors,
})

/** Microsoft Graph. https://learn.microsoft.com/graph/deployments lists the national clouds. */
export const graph = defineDownstream({
  name: 'Microsoft Graph',
  resource: 'https://graph.microsoft.com',
  nationalClouds: {
    AzureUSGovernment: 'https://graph.microsoft.us',
    // Azure has no name for it: the Department of Defense sets GRAPH_BASE_URL itself.
    AzureUSGovernmentDoD: 'https://dod-graph.microsoft.us',
    AzureChinaCloud: 'https://microsoftgraph.chinacloudapi.cn',
  },
  scope: 'User.Read',
  baseUrl: setting('GRAPH_BASE_URL', 'https://graph.microsoft.com'),
  appId: '00000003-0000-0000-c000-000000000000',
  scopeId: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d',
  knownErrors: graphErrors,
})

/**
 * Microsoft Graph by another of its delegated permissions, so that a tool's token holds no more than the tool needs.
 * @param scopeId its GUID (Microsoft Graph permissions reference)
 */
export const graphBy = (scope: string, scopeId: string): Downstream =>
  defineDownstream({ ...graph.definition, scope, scopeId })
