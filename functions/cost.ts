/** /mcp/cost: what Azure costs, as the signed-in user, through Azure Resource Manager. */
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { costByService } from './cost/cost-by-service.ts'
import { costExport } from './cost/cost-export.ts'
import { listSubscriptions } from './cost/list-subscriptions.ts'

export const cost = defineEndpoint({
  name: 'cost',
  title: 'Azure costs',
  instructions:
    'What Azure costs, as the signed-in user may see it. Start with list_subscriptions unless you know a subscription id; cost_by_service answers most questions; cost_export is for line-by-line data and takes minutes.',
  tools: [listSubscriptions, costByService, costExport],
})
