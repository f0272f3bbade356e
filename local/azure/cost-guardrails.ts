/**
 * How Cost Management silently changes the days of a query, as Microsoft describes it:
 * https://github.com/microsoft/azure-skills, skills/azure-cost/cost-query/guardrails.md (commit 1a03acf). Not every
 * tenant has all of these guardrails, so each has its own switch.
 */
import { type Period, periodOf } from './cost-period.ts'
import { addDays, addMonths, firstOfMonth } from './days.ts'
import { badRequest } from './errors.ts'
import type { CostQuery } from './query-request.ts'
import type { Settings } from './settings.ts'

export type Guardrails = Settings['guardrails']

/**
 * The days that the answer covers.
 * @throws Refusal 400 for days that the service refuses instead of changing them
 */
export function daysAnswered(options: {
  query: CostQuery
  today: string
  guardrails: Guardrails
}): Period {
  const { query, today, guardrails } = options
  const { granularity, grouping } = query.dataset
  let { from, to } = periodOf(query, today)
  if (guardrails.includes('dates')) {
    if (from > to) [from, to] = [to, from]
    if (from > today) [from, to] = [addMonths(from, -12), addMonths(to, -12)]
    if (to > today) to = today
  }
  if (from > to) throw refused('The from date must not be after the to date.')
  if (to >= addMonths(from, 37)) throw refused('The time period cannot exceed 37 months.')
  if (guardrails.includes('range')) {
    from = later(from, addDays(addMonths(to, -longest[granularity]), 1))
  } else if (to >= addMonths(from, 12)) {
    throw refused('The time period for pulling the data cannot exceed 1 year.')
  }
  if (guardrails.includes('grouping') && grouping.length > 0) {
    if (granularity === 'Daily') from = to
    if (granularity === 'Monthly') from = later(from, firstOfMonth(to))
  }
  return { from, to }
}

/** Months. */
const longest: Record<CostQuery['dataset']['granularity'], number> = {
  Daily: 1,
  Monthly: 12,
  None: 12,
}

const refused = (why: string) => badRequest(`Invalid query definition: ${why}`)

const later = (a: string, b: string) => (a > b ? a : b)
