/** Graph's refusals, and its error body (Microsoft Graph, "Error responses and resource types"). */
import type { TokenProblem } from './access-token.ts'
import { Refusal } from './errors.ts'

export const graphError = ({ status, code, message, headers }: Refusal, requestId: string) =>
  Response.json(
    {
      error: {
        code,
        message,
        innerError: {
          date: new Date().toISOString().slice(0, 19),
          'request-id': requestId,
          'client-request-id': requestId,
        },
      },
    },
    { status, headers: { ...headers, 'request-id': requestId } },
  )

export const graphNotFound = (code: string, message: string) =>
  new Refusal({ status: 404, code, message })

/** The token is good, but not for this. */
export const requestDenied = () =>
  new Refusal({
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
  })

/**
 * What a list needs `ConsistencyLevel: eventual` for, asked without it (Microsoft Graph, "Advanced query capabilities on
 * Microsoft Entra ID objects").
 */
export const unsupportedQuery = (message: string) =>
  new Refusal({ status: 400, code: 'Request_UnsupportedQuery', message })

export const unauthorized = (problem: TokenProblem) =>
  new Refusal({
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: unauthorizedMessages[problem],
  })

const unauthorizedMessages: Record<TokenProblem, string> = {
  missing: 'Access token is empty.',
  invalid: 'Access token validation failure.',
  expired: 'Lifetime validation failed, the token is expired.',
  audience: 'Access token validation failure. Invalid audience.',
  tenant: 'Access token validation failure. Invalid issuer.',
}
