/**
 * The cost details report of a month (Cost Management, generateCostDetailsReport): begun, looked at while the call's
 * time allows, else left to the next call. The data leaves Azure by links, hence a scope and an app role: the scope
 * bounds the client, the role the user.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Progress } from '../../shared/downstream/api.ts'
import { arm } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costExporter } from './access.ts'
import { subscriptionScope } from './cost-scope.ts'
import { operationOf, pathOf } from './operation.ts'
import { month, reportDays } from './period.ts'
import { refuse } from './refuse.ts'

const report = z.object({
  status: z.enum(['Completed', 'NoDataFound', 'Failed']),
  manifest: z
    .object({ blobs: z.array(z.object({ blobLink: z.url(), byteCount: z.number() })) })
    .nullish(),
  validTill: z.string().nullish(),
})

/** Milliseconds kept for the answer to the last look. */
const lastLook = 10_000

export const costExport = defineTool({
  name: 'cost_export',
  description:
    'Exports every cost line of one Azure subscription and month as CSV files and answers links to download them, which anybody who has them can use until they expire. Takes minutes at times: when the status is running, call again with the operation alone after retryAfterSeconds.',
  effect: 'writes',
  access: costExporter,
  downstream: arm,
  input: z.strictObject({
    scope: subscriptionScope.optional().describe('Subscription id, or its ARM id'),
    month: month.optional().describe('YYYY-MM, at most 13 months ago'),
    operation: z
      .string()
      .max(1000)
      .optional()
      .describe('From an earlier answer, in place of scope and month'),
  }),
  output: z.object({
    status: z.enum(['ready', 'running']),
    links: z.array(z.object({ url: z.string(), bytes: z.number() })).optional(),
    expires: z.string().optional().describe('When the links end, ISO 8601'),
    operation: z.string().optional(),
    retryAfterSeconds: z.number().optional(),
  }),
  async run({ api, input, user, deadline, now }) {
    let progress: Progress<z.output<typeof report>>
    let operation: string | undefined
    if (input.operation !== undefined) {
      if (input.scope || input.month) refuse('operation: goes without scope and month')
      const path = pathOf(input.operation, user)
      if (!path) return refuse('operation: is none that this tool gave to this user')
      operation = input.operation
      progress = await api.poll(path, report)
    } else {
      progress = await api.begin(...newReport(input, now()), report)
    }

    while (!progress.done) {
      // Where to look may move; what the caller holds always leads to it.
      const path: string | undefined = progress.location ?? (operation && pathOf(operation, user))
      operation = path && operationOf(path, user)
      const { retryAfterSeconds } = progress
      if (!path || !operation) {
        throw new Failure({ reason: 'downstream_failed', downstream: arm.name, status: 202 })
      }
      const running = { status: 'running', operation, retryAfterSeconds } as const
      if (now() + retryAfterSeconds * 1000 + lastLook > deadline) return running
      await pause(retryAfterSeconds * 1000)
      const next = await api.poll(path, report).catch((error: unknown) => {
        // The report goes on by itself: an outage on the way must not lose it.
        if (error instanceof Failure && mayPass.has(error.detail.reason)) return undefined
        throw error
      })
      if (!next) return running
      progress = next
    }

    const { status, manifest, validTill } = progress.value
    if (status === 'Failed') {
      throw new Failure({ reason: 'downstream_failed', downstream: arm.name, status: 200 })
    }
    const links = (manifest?.blobs ?? []).map(({ blobLink, byteCount }) => ({
      url: blobLink,
      bytes: byteCount,
    }))
    return { status: 'ready', links, ...(validTill && { expires: validTill }) } as const
  },
})

const mayPass: ReadonlySet<string> = new Set(['downstream_throttled', 'downstream_failed'])

function newReport(input: { scope?: string | undefined; month?: string | undefined }, now: number) {
  if (!input.scope || !input.month) return refuse('scope and month: both are needed, or operation')
  const days = reportDays(input.month, now)
  if ('problem' in days) return refuse(days.problem)
  // https://learn.microsoft.com/rest/api/cost-management/generate-cost-details-report/create-operation
  const path = `${input.scope}/providers/Microsoft.CostManagement/generateCostDetailsReport?api-version=2025-03-01`
  const body = { metric: 'ActualCost', timePeriod: { start: days.from, end: days.to } }
  return [path, body] as const
}
