/** The APIs that tools may call: where each is, and the delegated scope that an exchange asks for. */
import type { Settings } from './settings.ts'

export type Downstream = {
  /** As people know it: it stands in sentences to users. */
  name: string
  baseUrl: (settings: Settings) => string
  /** One scope of one resource: Entra's On-Behalf-Of exchanges for one resource at a time. */
  scope: (settings: Settings) => string
}

export const arm: Downstream = {
  name: 'Azure Resource Manager',
  baseUrl: ({ armBaseUrl }) => armBaseUrl,
  scope: ({ armBaseUrl }) =>
    `${resourceOf(armBaseUrl, [
      'https://management.azure.com',
      'https://management.usgovcloudapi.net',
      'https://management.chinacloudapi.cn',
    ])}/user_impersonation`,
}

export const graph: Downstream = {
  name: 'Microsoft Graph',
  baseUrl: ({ graphBaseUrl }) => graphBaseUrl,
  scope: ({ graphBaseUrl }) =>
    `${resourceOf(graphBaseUrl, [
      'https://graph.microsoft.com',
      'https://graph.microsoft.us',
      'https://dod-graph.microsoft.us',
      'https://microsoftgraph.chinacloudapi.cn',
    ])}/User.Read`,
}

/** A national cloud's own resource; an emulator or a gateway in front answers for the public cloud's, the first. */
const resourceOf = (baseUrl: string, resources: readonly [string, ...string[]]) =>
  resources.includes(baseUrl) ? baseUrl : resources[0]
