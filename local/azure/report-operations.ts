/**
 * The cost details report as a long-running operation: 202 with Location and Retry-After until it is done, then its
 * result. An operation belongs to the user and the scope that started it.
 */
import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ArmOperation } from './arm.ts'
import { type CostScope, type ReadableScope, scopePattern } from './cost-scope.ts'
import { invalidResourceType, Refusal } from './errors.ts'
import { costApiVersions } from './query-operation.ts'
import { parseReportRequest, type ReportRequest } from './report-request.ts'
import type { createReportResults, ReportResult } from './report-result.ts'
import type { Settings } from './settings.ts'

/** Azure/azure-rest-api-specs, GenerateCostDetailsReport: start and poll. */
export function reportOperations(options: {
  /** ARM's base URL, for `Location`. */
  arm: string
  readableScope: ReadableScope
  resultOf: ReturnType<typeof createReportResults>
  /** `YYYY-MM-DD`. */
  today: () => string
  settings: () => Settings
}): ArmOperation[] {
  const { arm, readableScope, resultOf, today, settings } = options
  const running = new LRUCache<string, Report>({ max: 1000 })

  const accepted = (id: string, report: Report, apiVersion: string) =>
    new Response(null, {
      status: 202,
      headers: {
        Location: `${arm}${operationPath(report.scope, id)}?${new URLSearchParams({
          'api-version': apiVersion,
          ...settings().locationQuery,
        })}`,
        'Retry-After': `${settings().report.retryAfterSeconds}`,
      },
    })

  const start: ArmOperation['run'] = async ({ user, params, apiVersion, body }) => {
    const action = `${provider}/generateCostDetailsReport/action`
    const scope = readableScope({ scope: params.scope ?? '', user, action })
    // Azure/azure-rest-api-specs#23859: 404 for every scope but a subscription.
    if (scope.kind !== 'subscription') {
      throw invalidResourceType('generateCostDetailsReport', apiVersion)
    }
    const request = parseReportRequest(await body(), today())
    const id = randomUUID()
    const report: Report = { oid: user.oid, scope, request, pollsLeft: settings().report.polls }
    running.set(id, report)
    return accepted(id, report, apiVersion)
  }

  const poll: ArmOperation['run'] = ({ user, params, apiVersion, query }) => {
    const action = `${provider}/costDetailsOperationResults/read`
    const scope = readableScope({ scope: params.scope ?? '', user, action })
    const { id = '' } = params
    // Clients must not change a Location (Azure Resource Manager RPC, "Asynchronous Operations").
    const asGiven = Object.entries(settings().locationQuery)
    if (asGiven.some(([name, value]) => query.get(name) !== value)) throw operationNotFound(id)
    const report = running.get(id)
    if (report?.oid !== user.oid || !sameScope(report.scope, scope)) throw operationNotFound(id)
    if (report.pollsLeft > 0) {
      report.pollsLeft -= 1
      return accepted(id, report, apiVersion)
    }
    const { outcome } = settings().report
    report.result ??= resultOf({ ...report, id, apiVersion, outcome })
    return Response.json({
      id: operationPath(scope, id).slice(1),
      name: id,
      type: `${provider}/costDetailsOperationResults`,
      ...report.result,
    })
  }

  return [
    {
      at: 'report',
      method: 'POST',
      apiVersions: costApiVersions,
      path: pathOf('generateCostDetailsReport'),
      unknownApiVersion: (version) => invalidResourceType('generateCostDetailsReport', version),
      run: start,
    },
    {
      at: 'operation',
      method: 'GET',
      apiVersions: costApiVersions,
      path: pathOf('costDetailsOperationResults/(?<id>[^/]+)'),
      unknownApiVersion: (version) => invalidResourceType('costDetailsOperationResults', version),
      run: poll,
    },
  ]
}

type Report = {
  oid: string
  scope: CostScope
  request: ReportRequest
  pollsLeft: number
  /** Made once, so that every poll returns the same links. */
  result?: ReportResult
}

const provider = 'Microsoft.CostManagement'

const pathOf = (rest: string) =>
  new RegExp(`^${scopePattern}/providers/Microsoft\\.CostManagement/${rest}$`, 'i')

const operationPath = (scope: CostScope, id: string) =>
  `${scope.id}/providers/${provider}/costDetailsOperationResults/${id}`

const sameScope = (a: CostScope, b: CostScope) => a.id.toLowerCase() === b.id.toLowerCase()

const operationNotFound = (id: string) =>
  new Refusal({
    status: 404,
    code: 'NotFound',
    message: `The operation '${id}' could not be found.`,
  })
