/**
 * The cost details report of a month (Cost Management, generateCostDetailsReport). Starts the report and polls it while
 * the call has time; the next call continues. Returns links to the files.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Progress } from '../../shared/api-client/api.ts'
import { arm } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costExporter } from './access.ts'
import { isBlobLink } from './blob-link.ts'
import { costHeaders } from './cost-management.ts'
import { subscriptionScope } from './cost-scope.ts'
import { operationOf, pathOf } from './operation.ts'
import { month, reportDays } from './period.ts'
import { unexpected } from './query.ts'
import { refuse } from './refuse.ts'
import { type FinishedReport, type Report, report } from './report.ts'

/** Milliseconds kept for the answer to the last poll. */
const lastPoll = 10_000
/** Seconds between two polls, if Azure asks for less or says nothing. */
const shortestWait = 1
const usualWait = 5

const output = z.object({
  status: z.enum(['ready', 'running']),
  links: z.array(z.object({ url: z.string(), bytes: z.number() })).optional(),
  expires: z.string().optional().describe('When the links expire, ISO 8601'),
  note: z.string().optional().describe('Why there are no links'),
  operation: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
})

export const costExport = defineTool({
  name: 'cost_export',
  description:
    'Exports every cost line of one Azure subscription and month as CSV files, and returns links to download them; anyone with a link can use it until it expires. This can take minutes: if the status is running, wait retryAfterSeconds and call again with operation alone.',
  effect: 'writes',
  access: costExporter,
  downstream: arm,
  input: z.strictObject({
    scope: subscriptionScope.optional().describe('Subscription id, or its ARM id'),
    month: month.optional().describe('YYYY-MM, at most 13 months ago'),
    operation: z
      .string()
      .min(1)
      .max(5000)
      .optional()
      .describe('From an earlier answer, instead of scope and month'),
  }),
  output,
  async run({ api, binding, input, deadline, now }) {
    const options = { headers: costHeaders }
    let path: string | undefined
    let progress: Progress<Report>
    if (input.operation !== undefined) {
      if (input.scope || input.month) refuse('operation: leave out scope and month')
      path = pathOf(input.operation, binding)
      if (!path) refuse('operation: this user did not get it from this tool')
      progress = await api.poll(path, report, options)
    } else {
      progress = await api.begin(...newReport(input, now()), report, options)
    }

    for (;;) {
      if (progress.done && progress.value.state !== 'running') {
        return finished(progress.value, api.baseUrl)
      }
      // Azure may move the operation.
      const asked = progress.done ? { location: undefined, retryAfterSeconds: usualWait } : progress
      path = asked.location ?? path
      const operation = path && operationOf(path, binding)
      if (!path || !operation) throw unexpected('a Location that is no operation')
      const retryAfterSeconds = Math.max(shortestWait, asked.retryAfterSeconds)
      if (now() + retryAfterSeconds * 1000 + lastPoll > deadline) {
        return { status: 'running', operation, retryAfterSeconds } as const
      }
      await pause(retryAfterSeconds * 1000)
      const next = await api.poll(path, report, options).catch(outage)
      if ('after' in next) {
        const after = Math.max(retryAfterSeconds, next.after)
        return { status: 'running', operation, retryAfterSeconds: after } as const
      }
      progress = next
    }
  },
})

/** The report goes on without us, so an outage must not lose it. `after`: seconds. */
function outage(error: unknown): { after: number } {
  if (error instanceof Failure) {
    const { detail } = error
    if (detail.reason === 'downstream_throttled') return { after: detail.retryAfterSeconds ?? 0 }
    if (detail.reason === 'downstream_failed') return { after: 0 }
  }
  throw error
}

function finished(result: FinishedReport, armBaseUrl: string): z.input<typeof output> {
  switch (result.state) {
    case 'failed':
      throw new Failure({ reason: 'downstream_failed', downstream: arm.name, status: 200 })
    case 'no_data': {
      const note = 'Azure found no cost data for that subscription and month (NoDataFound).'
      return { status: 'ready', links: [], note }
    }
    case 'ready': {
      const { blobs, validTill } = result
      if (!blobs.every(({ blobLink }) => isBlobLink(blobLink, armBaseUrl))) {
        throw unexpected('a link that leads to no blob of this cloud')
      }
      const links = blobs.map(({ blobLink: url, byteCount: bytes }) => ({ url, bytes }))
      return { status: 'ready', links, expires: validTill }
    }
  }
}

function newReport(input: { scope?: string | undefined; month?: string | undefined }, now: number) {
  if (!input.scope || !input.month) refuse('scope and month: give both, or operation alone')
  const days = reportDays(input.month, now)
  // https://learn.microsoft.com/rest/api/cost-management/generate-cost-details-report/create-operation
  const path = `${input.scope}/providers/Microsoft.CostManagement/generateCostDetailsReport?api-version=2025-03-01`
  const body = { metric: 'ActualCost', timePeriod: { start: days.from, end: days.to } }
  return [path, body] as const
}
