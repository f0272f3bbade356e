/** The services of a plausible Azure subscription, by resource group, with a typical cost per day. data.ts varies it. */

/** `[ServiceName as Cost Management spells it, typical cost per day in the currency's unit]` by area. */
export const servicesByArea: Record<string, [name: string, perDay: number][]> = {
  web: [
    ['Azure App Service', 38],
    ['Azure Front Door Service', 9],
    ['Content Delivery Network', 3.2],
    ['API Management', 26],
    ['SignalR', 2.1],
    ['Functions', 4.4],
  ],
  compute: [
    ['Virtual Machines', 142],
    ['Azure Kubernetes Service', 23],
    ['Azure Container Apps', 11],
    ['Container Instances', 5.5],
    ['Container Registry', 2.8],
    ['Batch', 7.3],
  ],
  data: [
    ['SQL Database', 64],
    ['Azure Cosmos DB', 47],
    ['Azure Database for PostgreSQL', 33],
    ['Redis Cache', 18],
    ['Backup', 9.1],
    ['Azure AI Search', 15],
  ],
  analytics: [
    ['Azure Databricks', 88],
    ['Azure Synapse Analytics', 41],
    ['Azure Data Factory v2', 14],
    ['Event Hubs', 12],
    ['Stream Analytics', 8.2],
    ['Azure Machine Learning', 21],
    ['Cognitive Services', 36],
  ],
  network: [
    ['Application Gateway', 13],
    ['Azure Firewall', 31],
    ['ExpressRoute', 28],
    ['VPN Gateway', 7],
    ['Load Balancer', 4.1],
    ['Azure DNS', 0.4],
  ],
  platform: [
    ['Key Vault', 0.6],
    ['Azure Monitor', 9.4],
    ['Microsoft Defender for Cloud', 17],
    ['Automation', 1.2],
    ['Logic Apps', 3.3],
    ['Service Bus', 5.1],
    ['Event Grid', 0.8],
  ],
}

/** Services in every resource group. */
export const servicesEverywhere: [name: string, perDay: number][] = [
  ['Storage', 6.5],
  ['Bandwidth', 2.7],
  ['Virtual Network', 0.9],
  ['Log Analytics', 4.8],
]

/**
 * Microsoft sometimes renames a service, and costs keep the name of their day. This rename falls within the thirteen
 * months of data, so that they contain both names.
 */
export const nameOn = (service: string, day: string) =>
  service === 'Cognitive Services' && day >= '2026-11-01' ? 'Foundry Tools' : service

/** The type of a service's resources; services not listed share one type. */
export const resourceTypeOf = (service: string) =>
  resourceTypes[service] ?? 'microsoft.saas/resources'

const resourceTypes: Partial<Record<string, string>> = {
  'Azure App Service': 'microsoft.web/sites',
  'Virtual Machines': 'microsoft.compute/virtualmachines',
  'SQL Database': 'microsoft.sql/servers',
  'Azure Cosmos DB': 'microsoft.documentdb/databaseaccounts',
  'Azure Databricks': 'microsoft.databricks/workspaces',
  'Key Vault': 'microsoft.keyvault/vaults',
  'Log Analytics': 'microsoft.operationalinsights/workspaces',
  Storage: 'microsoft.storage/storageaccounts',
}
