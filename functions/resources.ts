/** /mcp/resources: what there is in Azure, as the signed-in user, through Azure Resource Graph. */
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { findResources } from './resources/find-resources.ts'
import { queryResources } from './resources/query-resources.ts'

export const resources = defineEndpoint({
  name: 'resources',
  title: 'Azure resources',
  instructions:
    'What there is in Azure, across all subscriptions that the signed-in user may read. find_resources answers by type, name, tag, place or group; query_resources takes a query in KQL for counts and everything else.',
  tools: [findResources, queryResources],
})
