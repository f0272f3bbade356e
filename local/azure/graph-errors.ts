/** Graph's refusals, and its error body (Microsoft Graph, "Error responses and resource types"). */
import type { TokenProblem } from './access-token.ts'
import { Refusal } from './errors.ts'

/** @param requestId also sent as the header `request-id` */
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

/** 404. */
export const graphNotFound = (code: string, message: string) =>
  new Refusal({ status: 404, code, message })

/** 403: the token is valid, but lacks the permission. */
export const requestDenied = () =>
  new Refusal({
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
  })

/**
 * 400 for a query that needs `ConsistencyLevel: eventual` and came without it (Microsoft Graph, "Advanced query
 * capabilities on Microsoft Entra ID objects").
 */
export const unsupportedQuery = (message: string) =>
  new Refusal({ status: 400, code: 'Request_UnsupportedQuery', message })

/** 401. */
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
