/** What `environment()` and its like answer, by cloud: as documented, those parts that a template may use. */
import type { ObjectValue } from './value.ts'

export type CloudName = 'AzureCloud' | 'AzureUSGovernment' | 'AzureChinaCloud'

const tenantId = '99999999-9999-4999-8999-999999999999'
const subscriptionId = '55555555-5555-4555-8555-555555555555'
const id = `/subscriptions/${subscriptionId}/resourceGroups/rg`

/** Functions of no argument that say where a deployment goes. `graph` is left out: it is the retired Azure AD Graph. */
export function surroundings(cloud: CloudName): Readonly<Record<string, ObjectValue>> {
  return {
    environment: { name: cloud, ...environments[cloud] },
    resourceGroup: { id, name: 'rg', location: 'westeurope' },
    subscription: { id: `/subscriptions/${subscriptionId}`, subscriptionId, tenantId },
    tenant: { tenantId },
  }
}

const environments: Record<CloudName, ObjectValue> = {
  AzureCloud: {
    authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
    resourceManager: 'https://management.azure.com/',
    suffixes: { keyvaultDns: '.vault.azure.net', storage: 'core.windows.net' },
  },
  AzureUSGovernment: {
    authentication: { loginEndpoint: 'https://login.microsoftonline.us/' },
    resourceManager: 'https://management.usgovcloudapi.net/',
    suffixes: { keyvaultDns: '.vault.usgovcloudapi.net', storage: 'core.usgovcloudapi.net' },
  },
  AzureChinaCloud: {
    authentication: { loginEndpoint: 'https://login.chinacloudapi.cn/' },
    resourceManager: 'https://management.chinacloudapi.cn/',
    suffixes: { keyvaultDns: '.vault.azure.cn', storage: 'core.chinacloudapi.cn' },
  },
}
