/** /mcp/resources: which resources exist in Azure, as the signed-in user, through Azure Resource Graph. */
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { findResources } from './resources/find-resources.ts'
import { queryResources } from './resources/query-resources.ts'

export const resources = defineEndpoint({
  name: 'resources',
  title: 'Azure resources',
  instructions:
    'Which resources exist in Azure, across all subscriptions that the signed-in user may read. find_resources finds them by type, name, tag, location or resource group; query_resources runs a KQL query, for counts and everything else.',
  tools: [findResources, queryResources],
})
