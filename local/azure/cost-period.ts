/**
 * Which days a Cost Management query asks for. What the service makes of them, cost-guardrails.ts says.
 */
import { addDays, addMonths, firstOfMonth, weekday } from './days.ts'
import { badRequest } from './errors.ts'

/** Both days belong to it; `YYYY-MM-DD`. */
export type Period = { from: string; to: string }

/** @throws Refusal 400 */
export function periodOf(
  asked: { timeframe: Timeframe; timePeriod?: Period | undefined },
  today: string,
): Period {
  const month = firstOfMonth(today)
  switch (asked.timeframe) {
    case 'WeekToDate':
      return { from: addDays(today, -weekday(today)), to: today }
    case 'MonthToDate':
    case 'BillingMonthToDate':
      return { from: month, to: today }
    case 'TheLastMonth':
      // Documented, yet refused in public reports from 2024 on: Azure/azure-rest-api-specs#27650.
      throw badRequest(
        'Invalid query definition, timeframe TheLastMonth is currently not supported.',
      )
    case 'TheLastBillingMonth':
      return { from: addMonths(month, -1), to: addDays(month, -1) }
    case 'Custom':
      return customPeriod(asked.timePeriod)
  }
}

type Timeframe =
  | 'WeekToDate'
  | 'MonthToDate'
  | 'BillingMonthToDate'
  | 'TheLastMonth'
  | 'TheLastBillingMonth'
  | 'Custom'

function customPeriod(timePeriod: Period | undefined): Period {
  if (timePeriod === undefined) {
    throw badRequest('Invalid query definition: Missing dataset time period.')
  }
  return { from: timePeriod.from.slice(0, 10), to: timePeriod.to.slice(0, 10) }
}
