/**
 * What all Graph operations share: finds the operation by method and path, checks the token and its permissions, applies
 * an ordered fault, runs it, and writes refusals in Graph's error body. The operations are in their own modules.
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
  /** Of the user or, for an application's own token, its service principal. */
  oid: string
  /** The request's URL without its query. */
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

/** Whether a token is a user's and has one of these scopes. */
export const delegated =
  (...scopes: string[]) =>
  (token: AccessToken) =>
    'user' in token && scopes.some((scope) => token.scopes.includes(scope))

/** @param options.base Graph's base URL */
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
      const token = await checkToken(request, unauthorized)
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
