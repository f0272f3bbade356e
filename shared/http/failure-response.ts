/**
 * What a Failure looks like over HTTP: a bearer challenge, 503 while nobody can be judged, or an error of the
 * protocol; none for those that a model should read about (mcp/result.ts). Never holds a token.
 */
import type { FailureDetail } from '../failure.ts'
import { bearerChallenge } from './challenge.ts'

export type FailureResponse = (
  detail: FailureDetail,
  invocation: { reference: string },
) => Response | undefined

export function failureResponse(options: {
  /** Scopes that a new sign-in should ask for, qualified, space-separated. */
  signInScope: string
  /** From a short scope to the one that clients ask Entra for. */
  qualify: (scope: string) => string
  /** URL of the protected resource metadata. */
  resourceMetadata: string
}): FailureResponse {
  const { signInScope, qualify, resourceMetadata } = options

  const challenged = (answer: Answer, challenge: { scope?: string; claims?: string } = {}) => {
    const { error, description } = answer
    const header = bearerChallenge({
      ...(error && { error, error_description: description }),
      ...challenge,
      resource_metadata: resourceMetadata,
    })
    return respond(answer, { 'www-authenticate': header })
  }

  return (detail, { reference }) => {
    switch (detail.reason) {
      case 'protocol_error': {
        const { status, code, message, headers = {} } = detail
        const body = { jsonrpc: '2.0', error: { code, message }, id: null }
        return Response.json(body, { status, headers })
      }
      case 'token_missing': {
        const description = 'Sign in: this server needs an access token of Microsoft Entra'
        return challenged({ status: 401, description, reference }, { scope: signInScope })
      }
      case 'token_refused': {
        const { error, description } = detail
        return error === 'access_denied'
          ? challenged({ status: 403, error, description, reference })
          : challenged({ status: 401, error, description, reference }, { scope: signInScope })
      }
      case 'assertion_expired': {
        const error = 'invalid_token'
        const description = 'The token has expired (exp): sign in again or refresh it'
        return challenged({ status: 401, error, description, reference }, { scope: signInScope })
      }
      case 'scope_missing': {
        const { scopes } = detail
        const error = 'insufficient_scope'
        const description = `This tool needs the scope ${scopes.join(' ')}: sign in again and ask for it`
        const scope = scopes.map(qualify).join(' ')
        return challenged({ status: 403, error, description, reference }, { scope })
      }
      case 'interaction_required': {
        const error = 'insufficient_claims'
        const why =
          'Your organization asks for more at sign-in, multifactor authentication for instance'
        // Only a client that said it can (`cp1`) is sent to sign in again at once; others would do so for ever.
        if (!detail.claimsCapable) {
          const description = `${why}, and this client did not say that it can pass that on (cp1 in xms_cc): sign in with the claims in this answer, or use a client that can`
          const { claims } = detail
          return challenged({ status: 403, error, description, reference, claims })
        }
        const description = `${why}: sign in again with these claims`
        const scope = detail.scopes.map(qualify).join(' ')
        const claims = Buffer.from(detail.claims).toString('base64')
        return challenged({ status: 401, error, description, reference }, { scope, claims })
      }
      case 'entra_unreachable': {
        const error = 'temporarily_unavailable'
        const description = 'Microsoft Entra cannot be reached just now: try again'
        const retryAfter = { 'retry-after': String(detail.retryAfterSeconds) }
        return respond({ status: 503, error, description, reference }, retryAfter)
      }
      case 'app_role_missing':
      case 'arguments_refused':
      case 'consent_required':
      case 'admin_consent_required':
      case 'exchange_refused':
      case 'downstream_refused':
      case 'downstream_throttled':
      case 'downstream_failed':
        return undefined
    }
  }
}

type Answer = {
  status: 401 | 403 | 503
  /** None when no token came (RFC 6750 §3.1). */
  error?: string
  description: string
  /** Finds the log line. */
  reference: string
  claims?: string
}

function respond(answer: Answer, headers: Record<string, string>): Response {
  const { status, error = 'unauthorized', description, reference, claims } = answer
  const body = { error, error_description: description, reference, ...(claims && { claims }) }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}
