/**
 * `POST {scope}/providers/Microsoft.CostManagement/query` over HTTP: permissions, pages and the shape of the answer.
 * cost-query.ts computes the rows.
 */
import { randomUUID } from 'node:crypto'
import type { ArmOperation } from './arm.ts'
import { daysAnswered } from './cost-guardrails.ts'
import type { CostLimits } from './cost-limits.ts'
import { runQuery } from './cost-query.ts'
import { type ReadableScope, scopePattern } from './cost-scope.ts'
import type { CostRecord } from './data.ts'
import { invalidResourceType } from './errors.ts'
import type { Paged } from './paging.ts'
import { parseQuery } from './query-request.ts'
import type { Settings } from './settings.ts'

/** Microsoft.CostManagement's stable versions: Azure/azure-rest-api-specs, specification/cost-management. */
export const costApiVersions = [
  '2022-10-01',
  '2023-03-01',
  '2023-08-01',
  '2023-11-01',
  '2024-08-01',
  '2025-03-01',
]

/** Azure/azure-rest-api-specs, QueryDefinition and QueryResult. */
export function queryOperation(options: {
  /** ARM's base URL, for `nextLink`. */
  arm: string
  readableScope: ReadableScope
  /** All costs of a scope. */
  costsIn: (scope: ReturnType<ReadableScope>) => CostRecord[]
  /** `YYYY-MM-DD`. */
  today: () => string
  limits: CostLimits
  paged: Paged
  settings: () => Settings
}): ArmOperation {
  const { arm, readableScope, costsIn, today, limits, paged, settings } = options
  return {
    at: 'query',
    method: 'POST',
    path: new RegExp(`^${scopePattern}/providers/Microsoft\\.CostManagement/query$`, 'i'),
    apiVersions: costApiVersions,
    unknownApiVersion: (apiVersion) => invalidResourceType('query', apiVersion),
    async run({ user, params: { scope: path = '' }, apiVersion, skiptoken, clientType, body }) {
      const action = 'Microsoft.CostManagement/query/action'
      const scope = readableScope({ scope: path, user, action })
      const query = parseQuery(await body())
      const { guardrails, pageSize } = settings()
      const asked = { query, today: today(), guardrails }
      const headers = limits.admit({ period: daysAnswered(asked), clientType })
      const { columns, rows } = runQuery({ ...asked, records: costsIn(scope) })
      const list = JSON.stringify([scope.id.toLowerCase(), query])
      const page = paged({ items: rows, pageSize, list, skiptoken })
      const type = 'Microsoft.CostManagement/query'
      const here = `${scope.id}/providers/${type}`
      const name = randomUUID()
      // Clients POST the same body to it: Azure/azure-rest-api-specs#23405.
      const nextLink =
        page.skiptoken === undefined
          ? null
          : `${arm}${here}?api-version=${apiVersion}&$skiptoken=${page.skiptoken}`
      const answer = {
        id: `${here.slice(1)}/${name}`,
        name,
        type,
        location: null,
        sku: null,
        eTag: null,
        properties: { nextLink, columns, rows: page.items },
      }
      return Response.json(answer, { headers })
    },
  }
}
