/**
 * Every expected way a request can fail, as one union. A failed check throws a {@link Failure}.
 * http/failure-response.ts answers it over HTTP, mcp/result.ts puts it in words for the model, and the table below says
 * what is logged. Each covers every `reason`, so a new reason does not compile until all three handle it.
 */

/**
 * Who can make the next try succeed. `developer`: of the client; `operator`: of this server; `time`: waiting is enough.
 */
export type FixedBy = 'user' | 'administrator' | 'operator' | 'developer' | 'time'

export type FailureDetail =
  /** The message is not valid in MCP over HTTP. `code`: JSON-RPC 2.0 §5.1. */
  | {
      reason: 'protocol_error'
      status: 400 | 405 | 413
      code: number
      message: string
      headers?: Readonly<Record<string, string>>
    }
  /** The request came from a web page of a foreign origin. `origin`: as the browser sent it. */
  | { reason: 'origin_refused'; origin: string }
  | { reason: 'token_missing' }
  /** `error`: a code of RFC 6750 §3.1, or `access_denied`. `description`: the failed check and the expected value. */
  | { reason: 'token_refused'; error: 'invalid_token' | 'access_denied'; description: string }
  /** The caller's token lacks scopes that a consent could add. Short names, as in `scp`. */
  | { reason: 'scope_missing'; scopes: readonly string[] }
  /** The user lacks app roles, which only an administrator can assign. */
  | { reason: 'app_role_missing'; roles: readonly string[] }
  /** An agent acts with the user's token where none may, or none does where one has to. */
  | { reason: 'actor_refused'; wanted: 'agent' | 'no agent' }
  | { reason: 'arguments_refused'; problems: readonly string[] }
  /** Entra ended the session behind the caller's token: any new sign-in fixes it. */
  | { reason: 'sign_in_ended'; person: string; operator: string; code: number | undefined }
  /**
   * A policy requires more of the user's sign-in (Conditional Access, for example), and the client can handle the
   * challenge: its token says `cp1`. `claims`: Entra's JSON. `scopes`: the short scopes of the token, so that the next
   * token has them too.
   */
  | { reason: 'claims_challenged'; claims: string; scopes: readonly string[] }
  /** The same for a client without `cp1`: a challenge would make it sign in again and again. */
  | { reason: 'claims_unanswerable'; claims: string; isRepeated?: true }
  /** This API has no consent to use the downstream API for the user. call-context.ts adds the name and the link. */
  | { reason: 'consent_required'; scope: string; downstream?: string; link?: string }
  | { reason: 'admin_consent_required'; scope: string; downstream?: string; link?: string }
  /**
   * Any other refusal by Entra, final for this sign-in, with what to tell the person and the operator
   * (aadsts-errors.ts).
   */
  | {
      reason: 'exchange_refused'
      person: string
      fixedBy: FixedBy
      operator: string
      code: number | undefined
    }
  | { reason: 'entra_unreachable'; retryAfterSeconds: number }
  /** The user has called this tool too often (RATE_LIMIT_PER_MINUTE). */
  | { reason: 'rate_limited'; retryAfterSeconds: number }
  /** The user had so many requests in progress that this one did not get its turn before the call's deadline. */
  | { reason: 'too_many_at_once'; what: 'downstream calls' | 'exchanges' }
  /**
   * The downstream API refused: `status` 400–499, `code` the API's error code. `person`: our sentence for a known
   * error. `said`: the API's message, for the log only.
   */
  | {
      reason: 'downstream_refused'
      downstream: string
      status: number
      code: string | undefined
      person: string | undefined
      said: string | undefined
    }
  | { reason: 'downstream_throttled'; downstream: string; retryAfterSeconds: number | undefined }
  /** The downstream API is down or too slow. */
  | {
      reason: 'downstream_failed'
      downstream: string
      status: number | undefined
      said?: string | undefined
    }
  /** The answer does not fit the tool's schema. `problems`: where it does not fit, for the log only. */
  | {
      reason: 'downstream_unexpected'
      downstream: string
      status: number | undefined
      problems: string
    }
  | { reason: 'downstream_too_large'; downstream: string; limit: string }
  /** Anything else: `cause` is what was thrown. */
  | { reason: 'unforeseen' }

/** Of a log line. */
export type Severity = 'information' | 'warning' | 'error'

/** The claims that identify the caller, from a token with a valid signature. For the log, whatever the outcome. */
export type Identity = {
  oid?: string | undefined
  tid?: string | undefined
  /** Client id, and how the client authenticated: 0 not at all, 1 with a secret, 2 with a certificate. */
  azp?: string | undefined
  azpacr?: string | undefined
  /** The token's id, as in Entra's sign-in log. */
  uti?: string | undefined
  /** Of an agent: the type of the actor, the type of the subject, and the agent's blueprint. */
  xms_act_fct?: string | undefined
  xms_sub_fct?: string | undefined
  xms_par_app_azp?: string | undefined
}

/** Thrown wherever a request cannot continue. `cause` and `identity` are for the log, never for the caller. */
export class Failure extends Error {
  readonly detail: FailureDetail
  readonly identity: Identity
  readonly severity: Severity

  constructor(detail: FailureDetail, { identity = {}, ...options }: FailureOptions = {}) {
    super(factsOf(detail) || detail.reason, options)
    this.name = 'Failure'
    this.detail = detail
    this.identity = identity
    this.severity = severityOf(detail)
  }
}

type FailureOptions = ErrorOptions & { identity?: Identity | undefined }

const factsOf = (detail: FailureDetail) => {
  const kept: Readonly<Record<string, Kept>> = logged[detail.reason].facts
  return Object.entries(detail)
    .flatMap(([name, value]) => (value === undefined ? [] : fact(name, value, kept[name])))
    .join(', ')
}

function fact(name: string, value: unknown, kept: Kept | undefined): string[] {
  if (kept === 'yes') return [`${name} ${value}`]
  return kept === 'count' && Array.isArray(value) ? [`${name} ${value.length}`] : []
}

/** A warning where only the operator can fix the cause; otherwise a refusal by Entra is normal operation. */
const severityOf = (detail: FailureDetail): Severity =>
  'fixedBy' in detail && detail.fixedBy === 'operator' ? 'warning' : logged[detail.reason].severity

/** `count`: log the length of the list only. */
type Kept = 'yes' | 'no' | 'count'
const refusal = <const Facts>(facts: Facts) => ({ severity: 'information', facts }) as const
const outage = <const Facts>(facts: Facts) => ({ severity: 'error', facts }) as const

/**
 * Which fields the log keeps, by reason. Never logged: claims requests, consent links, arguments, and our sentences to
 * people. Outages are errors; refusals are normal operation.
 */
const logged: {
  readonly [Reason in FailureDetail['reason']]: {
    readonly severity: Severity
    readonly facts: FactsOf<Extract<FailureDetail, { reason: Reason }>>
  }
} = {
  protocol_error: refusal({ status: 'yes', code: 'yes', message: 'yes', headers: 'no' }),
  origin_refused: refusal({ origin: 'yes' }),
  token_missing: refusal({}),
  token_refused: refusal({ error: 'yes', description: 'yes' }),
  scope_missing: refusal({ scopes: 'yes' }),
  app_role_missing: refusal({ roles: 'yes' }),
  actor_refused: refusal({ wanted: 'yes' }),
  arguments_refused: refusal({ problems: 'count' }),
  sign_in_ended: refusal({ person: 'no', operator: 'yes', code: 'yes' }),
  claims_challenged: refusal({ claims: 'no', scopes: 'no' }),
  claims_unanswerable: refusal({ claims: 'no', isRepeated: 'yes' }),
  consent_required: refusal({ scope: 'yes', downstream: 'yes', link: 'no' }),
  admin_consent_required: refusal({ scope: 'yes', downstream: 'yes', link: 'no' }),
  exchange_refused: refusal({ person: 'no', fixedBy: 'yes', operator: 'yes', code: 'yes' }),
  entra_unreachable: outage({ retryAfterSeconds: 'yes' }),
  rate_limited: refusal({ retryAfterSeconds: 'yes' }),
  too_many_at_once: refusal({ what: 'yes' }),
  downstream_refused: refusal({
    ...{ downstream: 'yes', status: 'yes', code: 'yes' },
    ...{ person: 'no', said: 'yes' },
  }),
  downstream_throttled: refusal({ downstream: 'yes', retryAfterSeconds: 'yes' }),
  downstream_failed: outage({ downstream: 'yes', status: 'yes', said: 'yes' }),
  downstream_unexpected: outage({ downstream: 'yes', status: 'yes', problems: 'yes' }),
  downstream_too_large: refusal({ downstream: 'yes', limit: 'yes' }),
  unforeseen: outage({}),
}

type FactsOf<Detail> = Readonly<Record<Exclude<keyof Detail, 'reason'>, Kept>>
