/** What an operator or a test may change while the emulator runs, except faults. */
import * as z from 'zod'
import { budgets } from './budgets.ts'
import { costRecords } from './planted-costs.ts'

export type Settings = z.infer<typeof settingsSchema>

export const settingsSchema = z.strictObject({
  /** Items on one page of a query or list. */
  pageSize: z.int().min(1),
  report: z.strictObject({
    /** How many polls find the report unfinished. */
    polls: z.int().min(0),
    retryAfterSeconds: z.int().min(0),
    outcome: z.enum(['Completed', 'NoDataFound', 'Failed']),
  }),
  /** Added to the query of a report's Location, and required when polling. */
  locationQuery: z.record(z.string(), z.string()).default({}),
  /** cost-guardrails.ts. */
  guardrails: z.array(z.enum(['dates', 'range', 'grouping'])).default([]),
  /** cost-limits.ts. */
  limits: z
    .strictObject({
      units: z.boolean().default(false),
      /** Requests per minute by ClientType; `Default` is for requests without one. */
      clientTypes: z.record(z.string(), z.int().min(0)).optional(),
    })
    .default({ units: false }),
  /** Replace all computed costs. */
  costs: costRecords.optional(),
  /** Replace all budgets of the seed. */
  budgets: budgets.optional(),
})

/** A new object for each call. */
export const defaultSettings = (): Settings => ({
  pageSize: 1000,
  report: { polls: 2, retryAfterSeconds: 1, outcome: 'Completed' },
  locationQuery: {},
  guardrails: [],
  limits: { units: false },
})
