/** Budgets as bars: the amount spent, the amount expected, and the limit as a mark across the bar. */
import { type Bar, barTable } from '../bars.ts'
import type { Budgets } from '../results.ts'
import type { Stage, View } from './view.ts'

export function budgetsView({ budgets }: Budgets, { words }: Stage): View {
  return {
    title: 'Budgets',
    headlines: [],
    body:
      budgets.length === 0
        ? []
        : [
            barTable({
              caption: 'Budgets, what is spent of each, and what Azure expects',
              columns: ['Budget', 'Spent', 'Expected', 'Allowed'],
              // Currencies may differ: each bar is a share of its own limit.
              bars: budgets.map((budget): Bar => {
                const { name, amount, spent, percent, forecast, currency, period, isPartial } =
                  budget
                const share = amount > 0 ? (spent ?? 0) / amount : 0
                const ahead = amount > 0 && forecast !== undefined ? forecast / amount - share : 0
                return {
                  name,
                  detail: [
                    period,
                    percent !== undefined && `${words.percent(percent / 100)} spent`,
                    isPartial && 'counts a part only',
                  ]
                    .filter(Boolean)
                    .join(' · '),
                  warning:
                    share > 1
                      ? 'over budget'
                      : share + ahead > 1
                        ? 'will be over budget'
                        : undefined,
                  lengths: [
                    { length: share, tone: share > 1 ? 'over' : 'plain' },
                    ...(ahead > 0 ? [{ length: ahead, tone: 'expected' as const }] : []),
                  ],
                  limit: 1,
                  cells: [
                    spent === undefined ? 'not known yet' : words.money(spent, currency),
                    forecast === undefined ? '' : words.money(forecast, currency),
                    words.money(amount, currency),
                  ],
                }
              }),
            }),
          ],
    notes: budgets.length === 0 ? ['No budget is set here.'] : [],
    hidden: 0,
  }
}
