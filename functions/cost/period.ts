/** Days and months as arguments name them, in UTC, as Cost Management counts days. Dates are `YYYY-MM-DD`. */
import * as z from '../../shared/zod.ts'
import { refuse } from './refuse.ts'

/** Also takes a date-time, of which the day counts as written. Published as a plain string: clients refuse `format`. */
export const date = z.string().transform((text, context): string => {
  const [, day = ''] = /^(\d{4}-\d\d-\d\d)(?:T[-+.:\dZ]*)?$/.exec(text) ?? []
  return exists(day) ? day : z.problem(context, 'must be a date that exists, as YYYY-MM-DD')
})
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month as YYYY-MM')
const period = z.enum(['month_to_date', 'last_month', 'last_7_days', 'last_30_days', 'custom'])

export const daysArguments = {
  period: period.optional().describe('Defaults to month_to_date; custom needs from and to'),
  from: date.optional().describe('First day of a custom period, YYYY-MM-DD'),
  to: date
    .optional()
    .describe(
      'Last day of a custom period, YYYY-MM-DD, less than a year after from; one in the future counts as today',
    ),
}

/** Includes both days. */
export type Days = { from: string; to: string }

export const span = z.object({
  from: z.string().describe('First day'),
  to: z.string().describe('Last day'),
})

/** `cut`: a sentence about days that were asked for and are not counted. */
export function daysAsked(
  { period, from, to }: z.output<z.ZodObject<typeof daysArguments>>,
  now: number,
): { days: Days; cut?: string } {
  if (period !== 'custom' && (period || !(from || to))) {
    if (from || to) refuse('from and to: allowed only with the period custom')
    return { days: namedDays[period ?? 'month_to_date'](now) }
  }
  if (!from || !to) refuse('from and to: a custom period needs both')
  const today = dayOf(now)
  const days = { from, to: to > today && from <= today ? today : to }
  checkRange(days, now)
  if (days.to === to) return { days }
  return { days, cut: `${to} is in the future: costs are counted up to today, ${today}.` }
}

const oneDay = 24 * 60 * 60_000
const timeOf = (day: string) => Date.parse(`${day}T00:00:00Z`)
const exists = (day: string) => !Number.isNaN(timeOf(day)) && dayOf(timeOf(day)) === day

/** The day of a moment, milliseconds since 1970. */
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10)
export const dayBefore = (day: string) => dayOf(timeOf(day) - oneDay)

/** First and last day of a month; `monthsAgo` counts back from the month of `now`. */
function monthOf(now: number, monthsAgo = 0): Days {
  const today = new Date(now)
  const first = (offset: number) => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset)
  return { from: dayOf(first(-monthsAgo)), to: dayOf(first(1 - monthsAgo) - oneDay) }
}

const namedDays: Record<Exclude<z.output<typeof period>, 'custom'>, (now: number) => Days> = {
  month_to_date: (now) => ({ from: monthOf(now).from, to: dayOf(now) }),
  last_month: (now) => monthOf(now, 1),
  last_7_days: (now) => ({ from: dayOf(now - 6 * oneDay), to: dayOf(now) }),
  last_30_days: (now) => ({ from: dayOf(now - 29 * oneDay), to: dayOf(now) }),
}

/**
 * The days that a period is compared with. For a period that begins a month and stays in it: as many days of the month
 * before (all of them, for a whole month); otherwise as many days right before.
 */
export function daysBefore({ from, to }: Days): Days {
  const days = (timeOf(to) - timeOf(from)) / oneDay
  const { to: last } = monthOf(timeOf(from))
  if (!from.endsWith('-01') || to > last) {
    return { from: dayOf(timeOf(from) - (days + 1) * oneDay), to: dayBefore(from) }
  }
  const before = monthOf(timeOf(from), 1)
  const end = dayOf(timeOf(before.from) + days * oneDay)
  return to === last || end > before.to ? before : { from: before.from, to: end }
}

/** Refuses ranges that Cost Management would refuse or silently change. `name`: of the range, in the message. */
export function checkRange({ from, to }: Days, now: number, name = ''): void {
  if (from > to) refuse(`${name}from: must not be after to`)
  if (from > dayOf(now)) refuse(`${name}from: must not be in the future`)
  if (isTooLong({ from, to })) refuse(`${name}to: must be less than a year after from`)
}

function isTooLong({ from, to }: Days): boolean {
  const latest = new Date(timeOf(from))
  latest.setUTCFullYear(latest.getUTCFullYear() + 1)
  return to >= dayOf(latest.getTime())
}

/** From the first of this month to `to`, which must be ahead; by default the end of this month, or of the next. */
export function forecastDays(now: number, to: string | undefined): Days {
  const today = dayOf(now)
  const { from, to: end } = monthOf(now)
  if (to === undefined) return { from, to: end > today ? end : monthOf(now, -1).to }
  if (to <= today) refuse('to: must be in the future')
  if (isTooLong({ from: today, to })) refuse('to: must be less than a year ahead')
  return { from, to }
}

/** The calendar months of a period, in order. The first and the last may be partial. */
export function months({ from, to }: Days): Days[] {
  const { to: end } = monthOf(timeOf(from))
  if (end >= to) return [{ from, to }]
  return [{ from, to: end }, ...months({ from: dayOf(timeOf(end) + oneDay), to })]
}

/** The days of `YYYY-MM` up to today. Cost details are kept for 13 months. */
export function reportDays(month: string, now: number): Days {
  const oldest = monthOf(now, 13).from.slice(0, 7)
  const today = dayOf(now)
  if (month > today.slice(0, 7)) refuse('month: must not be in the future')
  if (month < oldest) refuse(`month: must be ${oldest} or later`)
  const whole = monthOf(timeOf(`${month}-01`))
  return whole.to > today ? { ...whole, to: today } : whole
}
