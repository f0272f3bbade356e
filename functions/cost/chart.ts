/** The page that shows costs as bars and lines, in clients that show pages: pages/cost-chart. */
import type { Ui } from '../../shared/mcp/ui.ts'

export const chart: Ui = { uri: 'ui://cost/chart', title: 'Azure costs', page: 'cost-chart' }
