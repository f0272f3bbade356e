/** The days that a Cost Management query asks for. cost-guardrails.ts changes them as the service does. */
import { addDays, addMonths, firstOfMonth, weekday } from './days.ts'
import { badRequest } from './errors.ts'

/** `YYYY-MM-DD`, both days included. */
export type Period = { from: string; to: string }

/** @throws Refusal 400 for an unsupported time frame, or Custom without a time period */
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
