/** Days and months as arguments name them. All of it UTC, as Cost Management counts days; dates are `YYYY-MM-DD`. */
import * as z from '../../shared/zod.ts'

/** Also takes a date-time, of which the day counts as written. Published as a plain string: clients refuse `format`. */
export const date = z.string().transform((text, context): string => {
  const [, day = ''] = /^(\d{4}-\d\d-\d\d)(?:T[-+.:\dZ]*)?$/.exec(text) ?? []
  if (exists(day)) return day
  context.addIssue({ code: 'custom', message: 'must be a date that exists, as YYYY-MM-DD' })
  return z.NEVER
})
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month as YYYY-MM')
export const period = z.enum([
  'month_to_date',
  'last_month',
  'last_7_days',
  'last_30_days',
  'custom',
])

/** Both belong to it. */
export type Days = { from: string; to: string }

const oneDay = 24 * 60 * 60_000
const timeOf = (day: string) => Date.parse(`${day}T00:00:00Z`)
const exists = (day: string) => !Number.isNaN(timeOf(day)) && dayOf(timeOf(day)) === day

/** The day of a moment, milliseconds since 1970. */
export const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)
export const dayBefore = (day: string) => dayOf(timeOf(day) - oneDay)
const lastOfMonth = (day: string) => monthOf(timeOf(day), 0).to

/**
 * The days that a period compares with: of one that begins a month and stays in it, as many of the month before (all of
 * them, of a whole month); else as many right before.
 */
export function daysBefore({ from, to }: Days): Days {
  const days = (timeOf(to) - timeOf(from)) / oneDay
  const last = lastOfMonth(from)
  if (!from.endsWith('-01') || to > last) {
    return { from: dayOf(timeOf(from) - (days + 1) * oneDay), to: dayBefore(from) }
  }
  const before = monthOf(timeOf(from), 1)
  const end = dayOf(timeOf(before.from) + days * oneDay)
  return to === last || end > before.to ? before : { from: before.from, to: end }
}

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

/** What Cost Management would refuse or bend in silence of a custom range: at most a year, in order, begun. */
export function rangeProblem({ from, to }: Days, now: number): string | undefined {
  if (from > to) return 'from: must not be after to'
  if (from > dayOf(now)) return 'from: must not be in the future'
  const latest = new Date(`${from}T00:00:00Z`)
  latest.setUTCFullYear(latest.getUTCFullYear() + 1)
  if (to >= dayOf(latest.getTime())) return 'to: must be less than a year after from'
  return undefined
}

/** From the first of the month of `today` up to a day ahead, or why it cannot be. Forecasts need a day ahead. */
export function forecastDays(today: string, to: string | undefined): Days | { problem: string } {
  const { from, to: end } = monthOf(timeOf(today), 0)
  if (to === undefined) return { from, to: end > today ? end : monthOf(timeOf(today), -1).to }
  if (to <= today) return { problem: 'to: must be in the future' }
  const problem = rangeProblem({ from: today, to }, timeOf(today))
  return problem ? { problem: 'to: must be less than a year ahead' } : { from, to }
}

/** The calendar months of a period, in order, the first and the last as far as they belong to it. */
export function months({ from, to }: Days): Days[] {
  const { to: end } = monthOf(timeOf(from), 0)
  if (end >= to) return [{ from, to }]
  return [{ from, to: end }, ...months({ from: dayOf(timeOf(end) + oneDay), to })]
}

/** The days of `YYYY-MM` up to today, or why there can be no report of it: details are kept for 13 months. */
export function reportDays(month: string, now: number): Days | { problem: string } {
  const oldest = monthOf(now, 13).from.slice(0, 7)
  const today = dayOf(now)
  if (month > today.slice(0, 7)) return { problem: 'month: must not be in the future' }
  if (month < oldest) return { problem: `month: must be ${oldest} or later` }
  const whole = monthOf(timeOf(`${month}-01`), 0)
  return whole.to > today ? { ...whole, to: today } : whole
}
