/**
 * Costs that an operator or a test sets instead of the computed ones: several currencies in one subscription, names that
 * differ in case, days without costs.
 */
import * as z from 'zod'

export type PlantedCost = z.infer<typeof costRecord>

const costRecord = z.strictObject({
  /** Subscription id. */
  subscription: z.string(),
  day: z.iso.date(),
  service: z.string().default('Storage'),
  resourceGroup: z.string().default('rg-contoso-production-web'),
  location: z.string().default('westeurope'),
  tags: z.record(z.string(), z.string()).default({}),
  /** Costs of zero may have an empty or null currency: project-koku/koku#3749. */
  currency: z.string().nullable().default('EUR'),
  cost: z.number(),
})

export const costRecords = z.array(costRecord)
