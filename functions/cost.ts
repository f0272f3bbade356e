/** /mcp/cost: what Azure costs, as the signed-in user, through Azure Resource Manager. */
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { compareCosts } from './cost/compare-costs.ts'
import { costByService } from './cost/cost-by-service.ts'
import { costExport } from './cost/cost-export.ts'
import { costForecast } from './cost/cost-forecast.ts'
import { listBudgets } from './cost/list-budgets.ts'
import { listSubscriptions } from './cost/list-subscriptions.ts'

export const cost = defineEndpoint({
  name: 'cost',
  title: 'Azure costs',
  instructions:
    'What Azure costs, as the signed-in user may see it. Start with list_subscriptions unless you know a subscription id. cost_by_service answers most questions; compare_costs explains why costs changed; cost_forecast shows future costs; list_budgets shows budgets and what is spent of them; cost_export is for line-by-line data and can take minutes.',
  tools: [listSubscriptions, costByService, compareCosts, costForecast, listBudgets, costExport],
})
