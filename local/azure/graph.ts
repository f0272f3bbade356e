/**
 * The frame of every Graph operation: find it by path, check the token and what it allows, let an ordered fault strike,
 * run it, and write any refusal in Graph's own body. What the operations do stands in their own modules.
 */
import type { AccessToken, TokenCheck } from './access-token.ts'
import { badRequest, Refusal } from './errors.ts'
import type { FaultPoint, Faults } from './faults.ts'
import { graphError, graphNotFound, requestDenied, unauthorized } from './graph-errors.ts'
import type { RevocationCheck } from './revocation.ts'
import type { Surface } from './visit.ts'

export type GraphOperation = {
  at: FaultPoint
  method: 'GET' | 'PATCH'
  /** Named groups become `params`. */
  path: RegExp
  allows: (token: AccessToken) => boolean
  run: (call: GraphCall) => Promise<Response> | Response
}

type GraphCall = {
  token: AccessToken
  /** Of the user or, in its own name, of the application. */
  oid: string
  /** Where the request went, without its query. */
  url: string
  params: Partial<Record<string, string>>
  query: URLSearchParams
  /** `ConsistencyLevel: eventual`, which advanced queries need. */
  eventual: boolean
  /** @throws Refusal 400 when it is not JSON. */
  body: () => Promise<unknown>
}

export const graphAudiences = [
  'https://graph.microsoft.com',
  'https://graph.microsoft.com/',
  '00000003-0000-0000-c000-000000000000',
]

/** `base`: where Graph is. */
export function createGraph(options: {
  base: string
  operations: GraphOperation[]
  checkToken: TokenCheck
  checkRevocation: RevocationCheck
  faults: Faults
}): Surface {
  const { base, operations, checkToken, checkRevocation, faults } = options
  return async (request, visit) => {
    try {
      const checked = await checkToken(request)
      if ('problem' in checked) throw unauthorized(checked.problem)
      const { token } = checked
      const oid = 'user' in token ? token.user.oid : token.application
      visit.oid = oid
      await checkRevocation(token)
      const { pathname, searchParams: query } = new URL(request.url)
      const path = pathname.slice(new URL(base).pathname.length)
      const { operation, params } = findOperation(operations, request.method, path)
      if (!operation.allows(token)) throw requestDenied()
      const fault = await faults.strike(operation.at, visit)
      if (fault !== undefined) return fault
      return await operation.run({
        ...{ token, oid, url: `${base}${path}`, params, query },
        eventual: request.headers.get('consistencylevel')?.toLowerCase() === 'eventual',
        body: () => jsonOf(request),
      })
    } catch (error) {
      if (error instanceof Refusal) return graphError(error, visit.requestId)
      throw error
    }
  }
}

function findOperation(operations: GraphOperation[], method: string, path: string) {
  for (const operation of operations) {
    const match = method === operation.method ? operation.path.exec(path) : null
    if (match !== null) return { operation, params: match.groups ?? {} }
  }
  throw graphNotFound('BadRequest', `Resource not found for '${path}'.`)
}

async function jsonOf(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch {
    throw badRequest(
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
}
