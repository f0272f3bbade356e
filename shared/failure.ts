/**
 * Everything foreseen that can go wrong with a request, as one union. A check that fails throws a {@link Failure};
 * nothing else carries one. Its answer over HTTP is http/failure-response.ts's, its words to a model mcp/result.ts's,
 * what the log keeps of it stands below: each covers every `reason`, so that a new one does not compile without.
 */

/** Who can make the next try succeed. `developer`: of the client; `operator`: of this server. */
export type FixedBy = 'user' | 'administrator' | 'operator' | 'developer' | 'nobody'

export type FailureDetail =
  /** The message is not one that MCP over HTTP allows. `code`: JSON-RPC 2.0 §5.1. */
  | {
      reason: 'protocol_error'
      status: 400 | 403 | 405 | 413
      code: number
      message: string
      headers?: Readonly<Record<string, string>>
    }
  | { reason: 'token_missing' }
  /** `error`: as RFC 6750 §3.1 and the contract name it. `description`: the check, and what was expected. */
  | { reason: 'token_refused'; error: 'invalid_token' | 'access_denied'; description: string }
  /** The caller's token lacks scopes that a consent could add. Short names, as in `scp`. */
  | { reason: 'scope_missing'; scopes: readonly string[] }
  /** The caller's user lacks app roles. Only an administrator assigns them. */
  | { reason: 'app_role_missing'; roles: readonly string[] }
  | { reason: 'arguments_refused'; problems: readonly string[] }
  /** Entra no longer takes the caller's token, which has expired between our check and the exchange. */
  | { reason: 'assertion_expired' }
  /**
   * More is demanded of the user's sign-in, by Conditional Access for instance, and the client can pass that on: its
   * token says `cp1`. `claims`: Entra's JSON. `scopes`: what the token had, short, so that the next one has them too.
   */
  | { reason: 'claims_challenged'; claims: string; scopes: readonly string[] }
  /** The same for a client that did not say so: a challenge would send it to sign in for ever. */
  | { reason: 'claims_unanswerable'; claims: string }
  /** Nobody has consented to this API's use of the downstream API. Its name, and where to consent: tool-handler.ts adds them. */
  | { reason: 'consent_required'; scope: string; downstream?: string; link?: string }
  | { reason: 'admin_consent_required'; scope: string; downstream?: string; link?: string }
  /** Entra's other refusals, final for this sign-in: what to tell the person, and the operator (refusals.ts). */
  | {
      reason: 'exchange_refused'
      person: string
      fixedBy: FixedBy
      operator: string
      code: number | undefined
    }
  | { reason: 'entra_unreachable'; retryAfterSeconds: number }
  /** The downstream API said no: `status` 400–499, `code` its own word for it. */
  | { reason: 'downstream_refused'; downstream: string; status: number; code: string | undefined }
  | { reason: 'downstream_throttled'; downstream: string; retryAfterSeconds: number | undefined }
  /** Down, too slow, or answering what its contract does not know. */
  | { reason: 'downstream_failed'; downstream: string; status: number | undefined }
  /** Anything else: `cause` is what was thrown. */
  | { reason: 'unforeseen' }

/** Thrown wherever a request cannot go on. `cause` is for the log, never for the caller. */
export class Failure extends Error {
  readonly detail: FailureDetail

  constructor(detail: FailureDetail, options?: ErrorOptions) {
    super(factsOf(detail), options)
    this.name = 'Failure'
    this.detail = detail
  }
}

const factsOf = (detail: FailureDetail) => {
  const allowed: readonly string[] = logged[detail.reason]
  return Object.entries(detail)
    .filter(([name, value]) => allowed.includes(name) && value !== undefined)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

/** Not what is between Entra and the client (claims), a person's link, arguments, or what we say to people. */
const logged: {
  readonly [Reason in FailureDetail['reason']]: readonly Exclude<
    keyof Extract<FailureDetail, { reason: Reason }>,
    'reason'
  >[]
} = {
  protocol_error: ['status', 'code', 'message'],
  token_missing: [],
  token_refused: ['error', 'description'],
  scope_missing: [],
  app_role_missing: ['roles'],
  arguments_refused: [],
  assertion_expired: [],
  claims_challenged: [],
  claims_unanswerable: [],
  consent_required: ['scope', 'downstream'],
  admin_consent_required: ['scope', 'downstream'],
  exchange_refused: ['fixedBy', 'operator', 'code'],
  entra_unreachable: ['retryAfterSeconds'],
  downstream_refused: ['downstream', 'status', 'code'],
  downstream_throttled: ['downstream', 'retryAfterSeconds'],
  downstream_failed: ['downstream', 'status'],
  unforeseen: [],
}
