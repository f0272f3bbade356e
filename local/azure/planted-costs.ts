/**
 * Costs that an operator or a test gives in place of the grown ones: several currencies in one subscription, names
 * that differ in case, days without costs.
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
  /** Empty or null is seen beside a cost of zero: project-koku/koku#3749. */
  currency: z.string().nullable().default('EUR'),
  cost: z.number(),
})

export const costRecords = z.array(costRecord)
