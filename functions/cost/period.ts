/** Days and months as arguments name them. All of it UTC, as Cost Management counts days; dates are `YYYY-MM-DD`. */
import * as z from '../../shared/zod.ts'

export const date = z.iso.date('must be a date that exists, as YYYY-MM-DD')
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month as YYYY-MM')
export const period = z.enum([
  'month_to_date',
  'last_month',
  'last_7_days',
  'last_30_days',
  'custom',
])

export type Days = { from: string; to: string }

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)
const oneDay = 24 * 60 * 60_000

/** First and last day of a month; `monthsAgo` counts back from the month of `now`. */
function monthOf(now: number, monthsAgo: number): Days {
  const today = new Date(now)
  const first = (offset: number) => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset)
  return { from: dayOf(first(-monthsAgo)), to: dayOf(first(1 - monthsAgo) - oneDay) }
}

export function daysOf(named: Exclude<z.output<typeof period>, 'custom'>, now: number): Days {
  const to = dayOf(now)
  switch (named) {
    case 'month_to_date':
      return { from: monthOf(now, 0).from, to }
    case 'last_month':
      return monthOf(now, 1)
    case 'last_7_days':
      return { from: dayOf(now - 6 * oneDay), to }
    case 'last_30_days':
      return { from: dayOf(now - 29 * oneDay), to }
  }
}

/** What Cost Management would refuse of a custom range, or nothing: at most a year, in order, begun. */
export function rangeProblem({ from, to }: Days, now: number): string | undefined {
  if (from > to) return 'from: must not be after to'
  if (from > dayOf(now)) return 'from: must not be in the future'
  const latest = new Date(`${from}T00:00:00Z`)
  latest.setUTCFullYear(latest.getUTCFullYear() + 1)
  if (to >= dayOf(latest.getTime())) return 'to: must be less than a year after from'
  return undefined
}

/** The days of `YYYY-MM` up to today, or why there can be no report of it: details are kept for 13 months. */
export function reportDays(month: string, now: number): Days | { problem: string } {
  const oldest = monthOf(now, 13).from.slice(0, 7)
  const today = dayOf(now)
  if (month > today.slice(0, 7)) return { problem: 'month: must not be in the future' }
  if (month < oldest) return { problem: `month: must be ${oldest} or later` }
  const whole = monthOf(Date.parse(`${month}-01T00:00:00Z`), 0)
  return whole.to > today ? { ...whole, to: today } : whole
}
