/** The seed's budgets. Pure data; the spend comes from the costs. */
import * as z from 'zod'
import { subscriptions } from '../seed.ts'

export type Budget = z.infer<typeof budget>

const budget = z.strictObject({
  /** ARM id of a subscription or resource group. */
  scope: z.string(),
  name: z.string(),
  amount: z.number(),
  timeGrain: z.enum(['Monthly', 'Quarterly', 'Annually']).default('Monthly'),
  /** First and last day of the budget's time period. */
  from: z.iso.date().default('2026-01-01'),
  to: z.iso.date().default('2027-12-31'),
  /** Counts these services only. */
  services: z.array(z.string()).default([]),
  /** Percentages at which Azure notifies the budget's contacts. */
  thresholds: z.array(z.number()).default([80, 100]),
  /** A budget that is not evaluated yet has neither spend nor forecast. */
  isEvaluated: z.boolean().default(true),
})

export const budgets = z.array(budget)

const [production, staging] = subscriptions.map(({ id }) => `/subscriptions/${id}`)

export const defaultBudgets = budgets.parse([
  { scope: production, name: 'production-monthly', amount: 60_000 },
  { scope: production, name: 'machines', amount: 4_000, services: ['Virtual Machines'] },
  { scope: production, name: 'production-year', amount: 600_000, timeGrain: 'Annually' },
  { scope: staging, name: 'staging-monthly', amount: 6_000 },
  { scope: `${production}/resourceGroups/rg-contoso-production-data`, name: 'data', amount: 9_000 },
])
