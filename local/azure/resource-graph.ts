/**
 * `POST /providers/Microsoft.ResourceGraph/resources` over HTTP: permissions, pages, the shape of answers and refusals.
 * kql/ runs the query, resources.ts has the data.
 *
 * https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Subscription } from '../seed.ts'
import type { ArmOperation } from './arm.ts'
import { badRequest, invalidApiVersion } from './errors.ts'
import { evaluate, type Table } from './kql/evaluate.ts'
import { parseQuery } from './kql/parser.ts'
import { QueryError, type QueryProblem } from './kql/query-error.ts'
import type { Query } from './kql/syntax.ts'
import type { Paged } from './paging.ts'
import { tablesFor } from './resources.ts'

/** Stable ones from 2021, when objects became the default (Azure/azure-rest-api-specs, specification/resourcegraph). */
const apiVersions = ['2021-03-01', '2022-10-01', '2024-04-01']

const requestSchema = z.object({
  query: z.string(),
  subscriptions: z.array(z.string()).optional(),
  options: z
    .object({
      $top: z.int().min(1).max(1000).default(1000),
      $skipToken: z.string().optional(),
      resultFormat: z.enum(['objectArray', 'table']).default('objectArray'),
    })
    .prefault({}),
})

/** A page holds 1,000 rows at most. */
export function resourceGraphOperation(options: {
  subscriptions: Subscription[]
  paged: Paged
}): ArmOperation {
  const { subscriptions, paged } = options
  return {
    at: 'resources',
    method: 'POST',
    path: /^\/providers\/Microsoft\.ResourceGraph\/resources$/i,
    apiVersions,
    unknownApiVersion: invalidApiVersion(apiVersions),
    async run({ user, body }) {
      const request = requestSchema.safeParse(await body())
      if (!request.success) throw badRequest('The request body is not a valid QueryRequest.')
      const { query, subscriptions: named, options } = request.data
      const asked = named?.map((id) => id.toLowerCase())
      const tables = tablesFor(
        subscriptions.filter(({ id }) => asked === undefined || asked.includes(id)),
        user.oid,
      )
      if (asked && tables.resourcecontainers.rows.length === 0) {
        return badQuery([noSubscriptions(asked)])
      }
      try {
        const parsed = parseQuery(query)
        const result = evaluate(parsed, tables)
        const page = paged({
          items: [...result.rows],
          pageSize: options.$top,
          list: JSON.stringify([user.oid, query, asked]),
          skiptoken: options.$skipToken ?? null,
        })
        const isCut = page.skiptoken !== undefined
        const mayContinue = isCut && isPageable(parsed, result)
        const { columns } = result
        const answer = {
          totalRecords: result.rows.length,
          count: page.items.length,
          data:
            options.resultFormat === 'table' ? tableOf({ columns, rows: page.items }) : page.items,
          facets: [],
          resultTruncated: isCut && !mayContinue ? 'true' : 'false',
          ...(mayContinue ? { $skipToken: page.skiptoken } : {}),
        }
        return Response.json(answer, { headers: quota })
      } catch (error) {
        if (error instanceof QueryError) return refused(query, error.problem)
        throw error
      }
    },
  }
}

/** "Guidance for throttled requests": 15 queries per user in 5 seconds. Reported, but not enforced here. */
const quota = { 'x-ms-user-quota-remaining': '14', 'x-ms-user-quota-resets-after': '00:00:05' }

/** "Working with large Azure resource data sets": paging needs the column `id`, and no `take`. */
const isPageable = ({ steps }: Query, { columns }: Table) =>
  columns.includes('id') && !steps.some(({ kind }) => kind === 'take')

const tableOf = ({ columns, rows }: Table) => ({
  columns: columns.map((name) => ({ name, type: 'object' })),
  rows: rows.map((row) => columns.map((name) => row[name] ?? null)),
})

const invalid = {
  code: 'InvalidQuery',
  message:
    'Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.',
}

/** The details are in the inner errors, as in Azure/aztfexport#485 and Azure/azure-powershell#13762. */
const refused = (query: string, problem: QueryProblem) =>
  badQuery([invalid, ...more(query, problem)])

function more(query: string, problem: QueryProblem): object[] {
  const { code, token } = problem
  switch (code) {
    case 'InvalidQuery':
      return []
    case 'ParserFailure': {
      const lines = query.slice(0, problem.position).split('\n')
      const characterPositionInLine = lines.at(-1)?.length ?? 0
      const { expectedToken } = problem
      const place = { line: lines.length, characterPositionInLine, token }
      return [{ code, message: code, ...place, ...(expectedToken ? { expectedToken } : {}) }]
    }
    case 'InvalidQueryLanguage':
      return [{ code, message: code, line: -1, characterPositionInLine: -1, token }]
    case 'DisallowedLogicalTableName':
      return [{ code, message: `Table ${token} is invalid, unsupported or disallowed.` }]
  }
}

const noSubscriptions = (asked: readonly string[]) => ({
  code: 'NoValidSubscriptionsInQueryRequest',
  message: `There must be at least one subscription that is eligible to contain resources. Given: '${asked.join(', ')}'.`,
})

const badQuery = (details: readonly object[]) => {
  const message = `Please provide below info when asking for support: timestamp = ${new Date().toISOString()}, correlationId = ${randomUUID()}.`
  return Response.json({ error: { code: 'BadRequest', message, details } }, { status: 400 })
}
