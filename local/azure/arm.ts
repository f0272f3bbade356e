/**
 * What all ARM operations share: finds the operation by method and path, checks token and api-version, applies an
 * ordered fault, runs it, and writes refusals in ARM's error body. The operations are in their own modules.
 */
import type { SignedInUser, TokenCheck, TokenProblem } from './access-token.ts'
import { armError, badRequest, Refusal } from './errors.ts'
import type { FaultPoint, Faults } from './faults.ts'
import type { RevocationCheck } from './revocation.ts'
import type { Surface } from './visit.ts'

export type ArmOperation = {
  at: FaultPoint
  method: 'GET' | 'POST'
  /** Named groups become `params`. ARM ignores case in paths. */
  path: RegExp
  apiVersions: string[]
  unknownApiVersion: (apiVersion: string) => Refusal
  run: (call: ArmCall) => Promise<Response> | Response
}

type ArmCall = {
  user: SignedInUser
  requestId: string
  params: Partial<Record<string, string>>
  apiVersion: string
  skiptoken: string | null
  query: URLSearchParams
  /** The `ClientType` header, by which Cost Management clients name themselves. */
  clientType: string | undefined
  /** @throws Refusal 400 when it is not JSON. */
  body: () => Promise<unknown>
}

export const armAudiences = [
  'https://management.core.windows.net',
  'https://management.azure.com',
].flatMap((uri) => [`${uri}/`, uri])

/** @param options.base the path above all operations */
export function createArm(options: {
  base: string
  operations: ArmOperation[]
  checkToken: TokenCheck
  checkRevocation: RevocationCheck
  faults: Faults
}): Surface {
  const { base, operations, checkToken, checkRevocation, faults } = options
  return async (request, visit) => {
    const url = new URL(request.url)
    const path = url.pathname.slice(base.length)
    try {
      const token = await checkToken(request, unauthorized)
      if (!('user' in token)) throw unauthorized('invalid')
      visit.oid = token.user.oid
      if (!token.scopes.includes('user_impersonation')) throw unauthorized('scope')
      await checkRevocation(token)
      const { operation, params } = findOperation(operations, request.method, path)
      const apiVersion = knownApiVersion(operation, url.searchParams.get('api-version'))
      const fault = await faults.strike(operation.at, visit)
      if (fault !== undefined) return fault
      return await operation.run({
        user: token.user,
        requestId: visit.requestId,
        params,
        apiVersion,
        skiptoken: url.searchParams.get('$skiptoken'),
        query: url.searchParams,
        clientType: request.headers.get('clienttype') ?? undefined,
        body: () => jsonOf(request),
      })
    } catch (error) {
      if (error instanceof Refusal) return armError(error)
      throw error
    }
  }
}

function findOperation(operations: ArmOperation[], method: string, path: string) {
  for (const operation of operations) {
    const match = operation.method === method ? operation.path.exec(path) : null
    if (match !== null) return { operation, params: match.groups ?? {} }
  }
  throw new Refusal({
    status: 404,
    code: 'NotFound',
    message: `No HTTP resource was found that matches the request URI '${path}'.`,
  })
}

function knownApiVersion(operation: ArmOperation, apiVersion: string | null): string {
  if (apiVersion === null) {
    throw new Refusal({
      status: 400,
      code: 'MissingApiVersionParameter',
      message: 'The api-version query parameter (?api-version=) is required for all requests.',
    })
  }
  if (!operation.apiVersions.includes(apiVersion)) throw operation.unknownApiVersion(apiVersion)
  return apiVersion
}

async function jsonOf(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch {
    throw badRequest('The request body is not valid JSON.')
  }
}

type Problem = TokenProblem | 'scope'

function unauthorized(problem: Problem): Refusal {
  const { code, message } = unauthorizedBodies[problem]
  return new Refusal({
    status: 401,
    code,
    message,
    headers: {
      'WWW-Authenticate': `Bearer authorization_uri="https://login.windows.net/", error="invalid_token", error_description="${message}"`,
    },
  })
}

const unauthorizedBodies: Record<Problem, { code: string; message: string }> = {
  missing: {
    code: 'AuthenticationFailed',
    message: "Authentication failed. The 'Authorization' header is missing.",
  },
  invalid: { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' },
  expired: {
    code: 'ExpiredAuthenticationToken',
    message: 'The access token expiry UTC time is earlier than current UTC time.',
  },
  audience: {
    code: 'InvalidAuthenticationTokenAudience',
    message: `The access token has been obtained for wrong audience or resource. It should exactly match with one of the allowed audiences '${armAudiences.join("','")}'.`,
  },
  tenant: {
    code: 'InvalidAuthenticationTokenTenant',
    message:
      'The access token is from the wrong issuer. It must match the tenant associated with this subscription.',
  },
  scope: {
    code: 'InvalidAuthenticationToken',
    message: "The access token does not have the scope 'user_impersonation'.",
  },
}
