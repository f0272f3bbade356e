/**
 * The errors that the authorization server returns to a client (RFC 6749 §4.1.2.1 and §5.2, RFC 7591 §3.2.2, RFC 8707
 * §2).
 */

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  // OpenID Connect Core §3.1.2.6: answers to prompt=none.
  | 'consent_required'
  | 'interaction_required'
  | 'login_required'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'

export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly retryAfterSeconds: number

  /**
   * @param description one of our own sentences: a person may read it
   * @param options `cause` is for the log; `retryAfterSeconds` counts for `temporarily_unavailable`
   */
  constructor(
    code: OAuthErrorCode,
    description: string,
    { retryAfterSeconds = 5, ...options }: ErrorOptions & { retryAfterSeconds?: number } = {},
  ) {
    super(description, options)
    this.name = 'OAuthError'
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** `temporarily_unavailable`, with the seconds to wait before the next attempt. */
export const entraUnreachable = (cause: Error, retryAfterSeconds: number): OAuthError =>
  new OAuthError('temporarily_unavailable', 'Microsoft Entra cannot be reached: try again', {
    cause,
    retryAfterSeconds,
  })

const statuses: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  server_error: 502,
  temporarily_unavailable: 503,
}

/** The error response of the token, registration and revocation endpoints (RFC 6749 §5.2). */
export function errorResponse({ code, message, retryAfterSeconds }: OAuthError): Response {
  const status = statuses[code] ?? 400
  const headers = {
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {}),
  }
  return Response.json({ error: code, error_description: message }, { status, headers })
}
