/** The body of a cost details report request, and the service's limits on its time period. */
import * as z from 'zod'
import { addMonths, firstOfMonth } from './days.ts'
import { badRequest } from './errors.ts'

export type ReportRequest = {
  metric: 'ActualCost' | 'AmortizedCost'
  /** `YYYY-MM-DD`, both days included. */
  timePeriod: { start: string; end: string }
}

/** The time period defaults to the month to date. @throws Refusal 400 */
export function parseReportRequest(body: unknown, today: string): ReportRequest {
  const parsed = requestSchema.safeParse(body)
  if (!parsed.success)
    throw badRequest(`Invalid request payload: ${parsed.error.issues[0]?.message}`)
  const { metric, timePeriod = { start: firstOfMonth(today), end: today } } = parsed.data
  const { start, end } = timePeriod
  if (start > end) throw badRequest('Start date must not be after end date.')
  if (end >= addMonths(start, 1)) throw badRequest('The maximum allowed date range is 1 months.')
  const oldest = firstOfMonth(addMonths(today, -13))
  if (start < oldest) throw badRequest(`Start date must be after ${oldest}.`)
  return { metric, timePeriod }
}

/** `billingPeriod` and `invoiceId` belong to billing scopes, which are not emulated. */
const requestSchema = z.strictObject({
  metric: z.enum(['ActualCost', 'AmortizedCost']).default('ActualCost'),
  timePeriod: z.strictObject({ start: z.iso.date(), end: z.iso.date() }).optional(),
})
