/** The body of a Cost Management query. Members that are not emulated are refused, never ignored. */
import * as z from 'zod'
import { badRequest } from './errors.ts'

export type CostQuery = z.infer<typeof querySchema>
export type Dimension = z.infer<typeof dimension>
export type Grouping = z.infer<typeof grouping>
export type Filter = z.infer<typeof filter>

/** @throws Refusal 400, whose message begins like the service's, for an invalid or unsupported query */
export function parseQuery(body: unknown): CostQuery {
  const parsed = querySchema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw badRequest(`Invalid query definition: ${issue?.path.join('.')}: ${issue?.message}`)
}

/** Of the service's forty-odd dimensions, those that have data. */
const dimension = z.enum([
  'ServiceName',
  'ResourceGroup',
  'ResourceGroupName',
  'ResourceId',
  'ResourceLocation',
  'SubscriptionId',
  'SubscriptionName',
])

const grouping = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Dimension'), name: dimension }),
  z.strictObject({ type: z.literal('TagKey'), name: z.string().min(1) }),
])

const values = z.array(z.string()).min(1)
const comparison = z.strictObject({ name: z.string().min(1), operator: z.literal('In'), values })

/** One expression, or `and` of at least two (Azure/bicep-types-az, QueryFilter); `or` and `not` are not emulated. */
const expression = z
  .strictObject({
    dimensions: comparison.extend({ name: dimension }).optional(),
    tags: comparison.optional(),
  })
  .refine((it) => Object.keys(it).length === 1, 'one of dimensions and tags')
export const filter = z
  .strictObject({
    and: z.array(expression).min(2).optional(),
    dimensions: comparison.extend({ name: dimension }).optional(),
    tags: comparison.optional(),
  })
  .refine((it) => Object.keys(it).length === 1, 'one of and, dimensions and tags')

export const aggregation = z.strictObject({
  name: z.enum(['Cost', 'PreTaxCost']),
  function: z.literal('Sum'),
})

const sorting = z.strictObject({
  name: z.string(),
  direction: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['ascending', 'descending'])),
})

export const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true, local: true })])

const querySchema = z.strictObject({
  type: z.enum(['Usage', 'ActualCost', 'AmortizedCost']),
  timeframe: z.enum([
    'WeekToDate',
    'MonthToDate',
    'BillingMonthToDate',
    'TheLastMonth',
    'TheLastBillingMonth',
    'Custom',
  ]),
  timePeriod: z.strictObject({ from: moment, to: moment }).optional(),
  dataset: z.strictObject({
    granularity: z.enum(['None', 'Daily', 'Monthly']).default('None'),
    aggregation: z
      .record(z.string(), aggregation)
      .refine((all) => [1, 2].includes(Object.keys(all).length), 'one or two aggregations'),
    grouping: z.array(grouping).max(2).default([]),
    sorting: z.array(sorting).default([]),
    filter: filter.optional(),
  }),
})
