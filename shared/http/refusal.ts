/**
 * What is refused over HTTP rather than in a tool's result, and how: the bearer challenge (RFC 6750 §3, RFC 9728
 * §5.1) with a JSON body of the same words, or 503 when nobody can be judged. Never holds a token; the reference
 * finds the log line.
 */
import type { FailureDetail } from '../failure.ts'

export type Refusal = {
  status: 401 | 403 | 503
  /** None when no token came (RFC 6750 §3.1). */
  error?: string
  description: string
  /** Fully qualified, space-separated: what a client should ask for. */
  scope?: string
  /** Entra's JSON. In the header it starts a new sign-in; clients that cannot do that find it in the body. */
  claims?: { json: string; in: 'header' | 'body' }
  retryAfterSeconds?: number
}

/** None for the failures that a model should read about. `signInScope`: what a new sign-in should ask for. */
export function refusalOf(
  detail: FailureDetail,
  { signInScope, qualify }: { signInScope: string; qualify: (scope: string) => string },
): Refusal | undefined {
  switch (detail.reason) {
    case 'token_missing':
      return {
        status: 401,
        description: 'Sign in: this server needs an access token of Microsoft Entra',
        scope: signInScope,
      }
    case 'token_refused': {
      const { error, description } = detail
      if (error === 'access_denied') return { status: 403, error, description }
      return { status: 401, error, description, scope: signInScope }
    }
    case 'assertion_expired':
      return {
        status: 401,
        error: 'invalid_token',
        description: 'The token has expired (exp): sign in again or refresh it',
        scope: signInScope,
      }
    case 'scope_missing':
      return {
        status: 403,
        error: 'insufficient_scope',
        description: `This tool needs the scope ${detail.scopes.join(' ')}: sign in again and ask for it`,
        scope: detail.scopes.map(qualify).join(' '),
      }
    case 'interaction_required':
      return claimsChallenge(detail, detail.scopes.map(qualify).join(' '))
    case 'entra_unreachable':
      return {
        status: 503,
        error: 'temporarily_unavailable',
        description: 'Microsoft Entra cannot be reached just now: try again',
        retryAfterSeconds: detail.retryAfterSeconds,
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

export function refusalResponse(
  { status, error, description, scope, claims, retryAfterSeconds }: Refusal,
  { resourceMetadata, reference }: { resourceMetadata: string; reference: string },
): Response {
  const body = {
    error: error ?? 'unauthorized',
    error_description: description,
    reference,
    ...(claims?.in === 'body' ? { claims: claims.json } : {}),
  }
  const response = Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
  if (status === 503) {
    response.headers.set('retry-after', String(retryAfterSeconds))
    return response
  }
  const challenge = authParameters({
    error,
    error_description: error && description,
    scope,
    claims: claims?.in === 'header' ? Buffer.from(claims.json).toString('base64') : undefined,
    resource_metadata: resourceMetadata,
  })
  response.headers.set('www-authenticate', `Bearer ${challenge}`)
  return response
}

/** Only a client that said it can (`cp1`) is sent to sign in again at once; others would do so for ever. */
function claimsChallenge(
  { claims: json, claimsCapable }: Extract<FailureDetail, { reason: 'interaction_required' }>,
  scope: string,
): Refusal {
  const error = 'insufficient_claims'
  const why = 'Your organization asks for more at sign-in, multifactor authentication for instance'
  if (claimsCapable) {
    const description = `${why}: sign in again with these claims`
    return { status: 401, error, description, scope, claims: { json, in: 'header' } }
  }
  const description = `${why}, and this client did not say that it can pass that on (cp1 in xms_cc): sign in with the claims in this answer, or use a client that can`
  return { status: 403, error, description, claims: { json, in: 'body' } }
}

/** RFC 9110 §11.2; what RFC 6750 §3 does not allow between the quotes becomes a question mark. */
const authParameters = (parameters: Record<string, string | undefined>) =>
  Object.entries(parameters)
    .flatMap(([name, value]) =>
      value ? [`${name}="${value.replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '?')}"`] : [],
    )
    .join(', ')
