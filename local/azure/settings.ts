/**
 * What an operator or a test may change while the emulator runs, apart from faults.
 */
import * as z from 'zod'

export type Settings = z.infer<typeof settingsSchema>

export const settingsSchema = z.strictObject({
  /** Rows of a query, and subscriptions of a list, on one page. */
  pageSize: z.int().min(1),
  report: z.strictObject({
    /** How often a report is found unfinished. */
    polls: z.int().min(0),
    retryAfterSeconds: z.int().min(0),
    outcome: z.enum(['Completed', 'NoDataFound', 'Failed']),
  }),
})

export const defaultSettings = (): Settings => ({
  pageSize: 1000,
  report: { polls: 2, retryAfterSeconds: 1, outcome: 'Completed' },
})
