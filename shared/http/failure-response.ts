/**
 * Turns a Failure into an HTTP response: a bearer challenge, 503 while tokens cannot be validated, a protocol error, or
 * 500. The body is always a JSON-RPC error, because that is what clients show people. Never contains a token.
 */
import type { FailureDetail } from '../failure.ts'
import { bearerChallenge } from './challenge.ts'

/** `id`: of the JSON-RPC request, or null. `reference`: identifies the log line. */
export type FailureResponse = (
  detail: FailureDetail,
  request: { id: string | number | null; reference: string },
) => Response

/** One for each endpoint. */
export function failureResponse(options: {
  /** Fully qualified scopes that a new sign-in should request, space-separated. */
  signInScope: string
  /** Turns a short scope into the one that clients request from Entra. */
  qualify: (scope: string) => string
  /** URL of the protected resource metadata. */
  resourceMetadata: string
}): FailureResponse {
  const { signInScope, qualify, resourceMetadata } = options
  const all = (scopes: readonly string[]) => scopes.map(qualify).join(' ')

  /** The same failure always gets the same challenge: clients compare challenges to detect a loop. */
  const challenged = (answer: Answer, challenge: { scope?: string; claims?: string } = {}) => {
    const { error, description } = answer
    const header = bearerChallenge({
      ...(error && { error, error_description: description }),
      ...challenge,
      resource_metadata: resourceMetadata,
    })
    return respond(answer, { 'www-authenticate': header })
  }

  return (detail, request) => {
    switch (detail.reason) {
      case 'protocol_error': {
        const { status, code, message, headers = {} } = detail
        const body = { jsonrpc: '2.0', error: { code, message }, id: null }
        return Response.json(body, { status, headers })
      }
      case 'origin_refused': {
        const error = { code: -32000, message: 'Pages of this origin may not call this server' }
        return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 403 })
      }
      case 'token_missing': {
        const description = 'Sign in: this server needs an access token from Microsoft Entra'
        return challenged({ ...request, status: 401, description }, { scope: signInScope })
      }
      case 'token_refused': {
        const { error, description } = detail
        return error === 'access_denied'
          ? challenged({ ...request, status: 403, error, description })
          : challenged({ ...request, status: 401, error, description }, { scope: signInScope })
      }
      case 'sign_in_ended': {
        const error = 'invalid_token'
        const { person, code } = detail
        const description = `${person} Sign in again${code ? ` (AADSTS${code})` : ''}`
        return challenged({ ...request, status: 401, error, description }, { scope: signInScope })
      }
      case 'scope_missing': {
        const { scopes } = detail
        const error = 'insufficient_scope'
        const description = `This tool needs the scope ${scopes.join(' ')}: sign in again and request it`
        return challenged({ ...request, status: 403, error, description }, { scope: all(scopes) })
      }
      case 'claims_challenged': {
        const { scopes } = detail
        const error = 'insufficient_claims'
        const description =
          'Your organization requires more at sign-in, for example multifactor authentication: sign in again with these claims'
        // RFC 4648 §4, padded.
        const claims = Buffer.from(detail.claims).toString('base64')
        return challenged(
          { ...request, status: 401, error, description },
          { scope: all(scopes), claims },
        )
      }
      case 'entra_unreachable': {
        const error = 'temporarily_unavailable'
        const description = 'Microsoft Entra cannot be reached right now: try again'
        const retryAfter = { 'retry-after': String(detail.retryAfterSeconds) }
        return respond({ ...request, status: 503, error, description }, retryAfter)
      }
      // Answered to the model (mcp/result.ts); outside a tool call they are unexpected.
      case 'app_role_missing':
      case 'actor_refused':
      case 'arguments_refused':
      case 'claims_unanswerable':
      case 'consent_required':
      case 'admin_consent_required':
      case 'exchange_refused':
      case 'rate_limited':
      case 'too_many_at_once':
      case 'downstream_refused':
      case 'downstream_throttled':
      case 'downstream_failed':
      case 'downstream_unexpected':
      case 'downstream_too_large':
      case 'unforeseen': {
        const error = 'server_error'
        const description =
          'An internal error occurred; the operator can find it in the log by the reference'
        return respond({ ...request, status: 500, error, description })
      }
    }
  }
}

type Answer = {
  status: 401 | 403 | 500 | 503
  /** Absent if the request had no token (RFC 6750 §3.1). */
  error?: string
  description: string
  id: string | number | null
  reference: string
}

function respond(answer: Answer, headers: Record<string, string> = {}): Response {
  const { status, error = 'unauthorized', description, id, reference } = answer
  const data = { error, error_description: description, reference }
  const body = { jsonrpc: '2.0', id, error: { code: status, message: description, data } }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}
