/**
 * What an operator or a test may change while the emulator runs, apart from faults.
 */
import * as z from 'zod'
import { budgets } from './budgets.ts'
import { costRecords } from './planted-costs.ts'

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
  /** Added to the query of a report's Location, and asked for when it is followed. */
  locationQuery: z.record(z.string(), z.string()).default({}),
  /** What Cost Management does to a query's days without saying so: cost-guardrails.ts. */
  guardrails: z.array(z.enum(['dates', 'range', 'grouping'])).default([]),
  /** Query units and requests by ClientType: cost-limits.ts. */
  limits: z
    .strictObject({
      units: z.boolean().default(false),
      /** Requests a minute by ClientType; `Default` stands for requests without one. */
      clientTypes: z.record(z.string(), z.int().min(0)).optional(),
    })
    .default({ units: false }),
  /** All costs there are, in place of the ones grown from a seed. */
  costs: costRecords.optional(),
  /** All budgets there are, in place of those of the data. */
  budgets: budgets.optional(),
})

export const defaultSettings = (): Settings => ({
  pageSize: 1000,
  report: { polls: 2, retryAfterSeconds: 1, outcome: 'Completed' },
  locationQuery: {},
  guardrails: [],
  limits: { units: false },
})
