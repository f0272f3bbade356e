/**
 * `GET {scope}/providers/Microsoft.Consumption/budgets`: the budgets set on the scope itself, with their current spend.
 * Shape as in Azure/azure-rest-api-specs (consumption.json, Budget): the spend has amount and unit, and is missing while
 * a budget is not evaluated yet.
 */
import type { ArmOperation } from './arm.ts'
import { type Budget, defaultBudgets } from './budgets.ts'
import { filterOf } from './cost-query.ts'
import { type CostScope, type ReadableScope, scopePattern } from './cost-scope.ts'
import type { CostRecord } from './data.ts'
import { addMonths, dayNumber, firstOfMonth } from './days.ts'
import { invalidApiVersion } from './errors.ts'
import type { Paged } from './paging.ts'
import type { Settings } from './settings.ts'

/** `today`: `YYYY-MM-DD`. */
export function budgetOperation(options: {
  /** ARM's base URL, for `nextLink`. */
  arm: string
  readableScope: ReadableScope
  costsIn: (scope: CostScope) => CostRecord[]
  today: () => string
  paged: Paged
  settings: () => Settings
}): ArmOperation {
  const { arm, readableScope, costsIn, today, paged, settings } = options
  return {
    at: 'budgets',
    method: 'GET',
    path: new RegExp(`^${scopePattern}/providers/Microsoft\\.Consumption/budgets$`, 'i'),
    apiVersions,
    unknownApiVersion: invalidApiVersion(apiVersions),
    run({ user, params: { scope: path = '' }, apiVersion, skiptoken }) {
      const action = 'Microsoft.Consumption/budgets/read'
      const scope = readableScope({ scope: path, user, action })
      const { budgets = defaultBudgets, pageSize } = settings()
      const id = scope.id.toLowerCase()
      const own = budgets.filter((each) => each.scope.toLowerCase() === id)
      const page = paged({ items: own, pageSize, list: `budgets ${id}`, skiptoken })
      const here = `${scope.id}/providers/Microsoft.Consumption/budgets`
      const records = costsIn(scope)
      return Response.json({
        value: page.items.map((budget) => armBudget(budget, { here, records, today: today() })),
        ...(page.skiptoken && {
          nextLink: `${arm}${here}?api-version=${apiVersion}&$skiptoken=${page.skiptoken}`,
        }),
      })
    },
  }
}

const apiVersions = ['2021-10-01', '2023-03-01', '2023-05-01', '2023-11-01', '2024-08-01']

function armBudget(
  budget: Budget,
  { here, records, today }: { here: string; records: CostRecord[]; today: string },
) {
  const { name, amount, timeGrain, from, to, services, thresholds, isEvaluated } = budget
  const dimensions = { name: 'ServiceName', operator: 'In', values: services } as const
  const filter = services.length > 0 ? { dimensions } : undefined
  const [first, end] = current(timeGrain, today)
  const counted = records.filter(({ day }) => day >= first && day <= today).filter(filterOf(filter))
  const spent = counted.reduce((sum, { cost }) => sum + cost, 0)
  const days = dayNumber(today) - dayNumber(first) + 1
  const unit = counted[0]?.currency ?? 'USD'
  const ahead = (spent / days) * (dayNumber(end) - dayNumber(first))
  return {
    id: `${here}/${name}`,
    name,
    type: 'Microsoft.Consumption/budgets',
    eTag: '"1d34d012214157f"',
    properties: {
      timePeriod: { startDate: `${from}T00:00:00Z`, endDate: `${to}T00:00:00Z` },
      timeGrain,
      amount,
      category: 'Cost',
      ...(isEvaluated && {
        currentSpend: { amount: spent, unit },
        forecastSpend: { amount: ahead, unit },
      }),
      notifications: Object.fromEntries(
        thresholds.map((threshold) => [
          `actual_GreaterThan_${threshold}_Percent`,
          { enabled: true, operator: 'GreaterThan', threshold, thresholdType: 'Actual' },
        ]),
      ),
      ...(filter && { filter }),
    },
  }
}

/** First day of the current month, quarter or year, and of the next one. */
function current(timeGrain: Budget['timeGrain'], today: string): [first: string, end: string] {
  const months = { Monthly: 1, Quarterly: 3, Annually: 12 }[timeGrain]
  const month = Number(today.slice(5, 7)) - 1
  const first = addMonths(firstOfMonth(today), -(month % months))
  return [first, addMonths(first, months)]
}
