/** The days that a question is about, as arguments say. */
import * as z from '../../shared/zod.ts'
import { type Days, date, dayOf, daysOf, period, rangeProblem } from './period.ts'
import { refuse } from './refuse.ts'

export const daysArguments = {
  period: period.optional().describe('Defaults to month_to_date; custom takes from and to'),
  from: date.optional().describe('First day of a custom period, YYYY-MM-DD'),
  to: date
    .optional()
    .describe(
      'Last day of a custom period, YYYY-MM-DD, less than a year after from; one in the future counts as today',
    ),
}

export const span = z.object({
  from: z.string().describe('First day'),
  to: z.string().describe('Last day'),
})

/** `cut`: a sentence about days that were asked for and are not counted. */
export function daysAsked(
  asked: z.output<z.ZodObject<typeof daysArguments>>,
  now: number,
): { days: Days; cut?: string } {
  const { period, from, to } = asked
  if (period === 'custom' || (!period && (from || to))) {
    if (!from || !to) return refuse('from and to: a custom period needs both')
    const today = dayOf(now)
    const days = { from, to: to > today && from <= today ? today : to }
    const problem = rangeProblem(days, now)
    if (problem) return refuse(problem)
    if (days.to === to) return { days }
    return { days, cut: `${to} is in the future: costs are counted up to today, ${today}.` }
  }
  if (from || to) return refuse('from and to: go with the period custom')
  return { days: daysOf(period ?? 'month_to_date', now) }
}
