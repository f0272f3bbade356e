/** The cost tools on one fixed day, and what a test reads of their results. */
import * as z from 'zod'
import { settingsSchema } from '../../local/azure/settings.ts'
import { alice, subscriptions, tenantId, type User } from '../../local/seed.ts'
import { startProduct } from './product.ts'

/** A Saturday in the evening, of the year 2026; the year before and the month so far have costs. */
export const today = new Date('2026-11-21T23:30:00Z')

/** Alice reads the first three; the first two cost euros, the third dollars. Bob reads the fourth. */
export const [production, staging, dataPlatform, retail] = subscriptions.map(({ id }) => id)

const span = { from: z.iso.date(), to: z.iso.date() }

/** Of one currency. */
export const costs = z.strictObject({
  currency: z.string(),
  total: z.number(),
  ...span,
  rows: z.array(
    z.strictObject({ name: z.string(), cost: z.number(), date: z.iso.date().optional() }),
  ),
  omitted: z.strictObject({ rows: z.number(), cost: z.number() }),
  nextPage: z.string().optional(),
  missing: z.array(z.strictObject(span)).optional(),
  partial: z.string().optional(),
  asOf: z.iso.datetime(),
})

export const costsOfSeveral = z.strictObject({
  totals: z.array(z.strictObject({ currency: z.string(), total: z.number() })),
  ...span,
  rows: z.array(
    z.strictObject({
      name: z.string(),
      cost: z.number(),
      currency: z.string(),
      date: z.iso.date().optional(),
    }),
  ),
  omitted: z.strictObject({ rows: z.number(), cost: z.literal(0).optional() }),
  nextPage: z.string().optional(),
  missing: z.array(z.strictObject(span)).optional(),
  partial: z.string().optional(),
  asOf: z.iso.datetime(),
})

export type CostStack = Awaited<ReturnType<typeof startCostStack>>

export async function startCostStack() {
  const product = await startProduct({ today })
  let later = 0
  const app = product.app({ now: () => today.getTime() + later })
  /** Valid on that day and on the day the test runs, whichever is later. */
  const tokenOf = (user: User) =>
    product.tokenOf(user, {
      scopes: ['cost.read', 'cost.export'],
      claims: { iat: 0, nbf: 0, exp: Date.UTC(2100, 0) / 1000 },
    })
  /** As if asked for the first time; `again` goes by what this process remembers. */
  const first = async (name: string, args: unknown, user: User) => {
    app.services.remembered.forgetUser({ tid: tenantId, oid: user.oid })
    return app.result(await tokenOf(user), name, args)
  }
  return {
    ...product,
    services: app.services,
    /** Sets the app's clock so many milliseconds after `today`, until the reset. */
    wait(milliseconds: number) {
      later = milliseconds
    },
    reset() {
      later = 0
      product.reset()
    },
    tokenOf,
    /** All costs there are, until the reset. Of the first subscription and in euros unless they say otherwise. */
    plant: (records: readonly object[]) =>
      product.azure.admin.change({
        costs: settingsSchema.shape.costs.parse(
          records.map((record) => ({ subscription: production, ...record })),
        ),
      }),
    /** The tool's result for alice, or for another user. */
    call: (name: string, args: unknown, user = alice) => first(name, args, user),
    again: async (name: string, args: unknown, user = alice) =>
      app.result(await tokenOf(user), name, args),
    async costs(args: Record<string, unknown>) {
      const asked = { scope: production, ...args }
      const { isError, text, data } = await first('cost_by_service', asked, alice)
      if (isError) throw new Error(text)
      return costs.parse(data)
    },
  }
}
