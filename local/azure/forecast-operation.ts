/**
 * `POST {scope}/providers/Microsoft.CostManagement/forecast`: actual and forecast costs by day. Request and answer as in Azure/azure-rest-api-specs (ForecastDefinition, ForecastResult: columns cost, UsageDate, CostStatus,
 * Currency); limits as in microsoft/azure-skills, skills/azure-cost/cost-forecast: `to` in the future, no grouping, 28
 * days of history. The forecast is the mean of the previous 28 days.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { ArmOperation } from './arm.ts'
import type { CostLimits } from './cost-limits.ts'
import { type Cell, filterOf } from './cost-query.ts'
import { type ReadableScope, scopePattern } from './cost-scope.ts'
import type { CostRecord } from './data.ts'
import { addDays, addMonths } from './days.ts'
import { badRequest, invalidResourceType, Refusal } from './errors.ts'
import { costApiVersions } from './query-operation.ts'
import { aggregation, filter, moment } from './query-request.ts'

type Forecast = z.infer<typeof forecast>

const forecast = z
  .strictObject({
    type: z.enum(['Usage', 'ActualCost', 'AmortizedCost']),
    timeframe: z.literal('Custom'),
    timePeriod: z.strictObject({ from: moment, to: moment }),
    dataset: z.strictObject({
      granularity: z.literal('Daily'),
      aggregation: z.record(z.string(), aggregation).refine((all) => Object.keys(all).length === 1),
      filter: filter.optional(),
    }),
    includeActualCost: z.boolean().default(false),
    includeFreshPartialCost: z.boolean().default(false),
  })
  .refine(
    (it) => it.includeActualCost || !it.includeFreshPartialCost,
    'includeFreshPartialCost needs includeActualCost',
  )

/** `today`: `YYYY-MM-DD`. */
export function forecastOperation(options: {
  readableScope: ReadableScope
  costsIn: (scope: ReturnType<ReadableScope>) => CostRecord[]
  today: () => string
  limits: CostLimits
}): ArmOperation {
  const { readableScope, costsIn, today, limits } = options
  return {
    at: 'forecast',
    method: 'POST',
    path: new RegExp(`^${scopePattern}/providers/Microsoft\\.CostManagement/forecast$`, 'i'),
    apiVersions: costApiVersions,
    unknownApiVersion: (apiVersion) => invalidResourceType('forecast', apiVersion),
    async run({ user, params: { scope: path = '' }, clientType, body }) {
      const action = 'Microsoft.CostManagement/forecast/action'
      const scope = readableScope({ scope: path, user, action })
      const parsed = forecast.safeParse(await body())
      if (!parsed.success) {
        throw badRequest(`Invalid forecast definition: ${parsed.error.issues[0]?.message}`)
      }
      const asked = parsed.data
      const headers = limits.admit({ period: daysOf(asked, today()), clientType })
      const type = 'Microsoft.CostManagement/forecast'
      const name = randomUUID()
      const properties = {
        nextLink: null,
        columns: [
          { name: Object.values(asked.dataset.aggregation)[0]?.name ?? 'Cost', type: 'Number' },
          { name: 'UsageDate', type: 'Number' },
          { name: 'CostStatus', type: 'String' },
          { name: 'Currency', type: 'String' },
        ],
        rows: rowsOf(asked, costsIn(scope), today()),
      }
      const id = `${scope.id.slice(1)}/providers/${type}/${name}`
      return Response.json({ id, name, type, properties }, { headers })
    },
  }
}

function daysOf({ timePeriod }: Forecast, today: string) {
  const [from, to] = [timePeriod.from.slice(0, 10), timePeriod.to.slice(0, 10)]
  if (from > to) throw badRequest('Invalid forecast definition: from must not be after to.')
  if (to <= today) throw badRequest('Invalid forecast definition: to must be in the future.')
  if (to >= addMonths(today, 120)) throw badRequest('Invalid forecast definition: too far ahead.')
  return { from, to }
}

/** Today's costs are incomplete: they are forecast, unless the request includes them (includeFreshPartialCost). */
function rowsOf(asked: Forecast, records: CostRecord[], today: string): Cell[][] {
  const { from, to } = daysOf(asked, today)
  const firstAhead = asked.includeFreshPartialCost ? addDays(today, 1) : today
  const kept = records.filter(filterOf(asked.dataset.filter))
  const currencies = [...new Set(kept.map(({ currency }) => currency))]
  return currencies.flatMap((currency) => {
    const byDay = new Map<string, number>()
    for (const record of kept) {
      if (record.currency !== currency) continue
      byDay.set(record.day, (byDay.get(record.day) ?? 0) + record.cost)
    }
    const history = Array.from({ length: 28 }, (_, ago) => byDay.get(addDays(today, -ago - 1)))
    const days = history.flatMap((cost) => cost ?? [])
    const isEnough = days.length === history.length
    if (!isEnough && !asked.includeActualCost) throw tooLittleHistory
    const mean = days.reduce((sum, cost) => sum + cost, 0) / days.length
    const rows: Cell[][] = []
    for (let day = from; day <= to; day = addDays(day, 1)) {
      const date = Number(day.replaceAll('-', ''))
      const cost = byDay.get(day)
      if (day >= firstAhead && isEnough) rows.push([mean, date, 'Forecast', currency])
      else if (day < firstAhead && asked.includeActualCost && cost !== undefined) {
        rows.push([cost, date, 'Actual', currency])
      }
    }
    return rows
  })
}

/**
 * 424 without enough history; a request that includes actual costs gets those alone (azure-skills,
 * cost-forecast/error-handling.md). The message was not captured.
 */
const tooLittleHistory = new Refusal({
  status: 424,
  code: 'FailedDependency',
  message: 'Forecast is unavailable for the specified time period: insufficient cost history.',
})
