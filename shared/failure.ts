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
      status: 400 | 405 | 413
      code: number
      message: string
      headers?: Readonly<Record<string, string>>
    }
  /** A web page of an origin that may not call. `origin`: as the browser names it. */
  | { reason: 'origin_refused'; origin: string }
  | { reason: 'token_missing' }
  /** `error`: as RFC 6750 §3.1 and the contract name it. `description`: the check, and what was expected. */
  | { reason: 'token_refused'; error: 'invalid_token' | 'access_denied'; description: string }
  /** The caller's token lacks scopes that a consent could add. Short names, as in `scp`. */
  | { reason: 'scope_missing'; scopes: readonly string[] }
  /** The caller's user lacks app roles. Only an administrator assigns them. */
  | { reason: 'app_role_missing'; roles: readonly string[] }
  | { reason: 'arguments_refused'; problems: readonly string[] }
  /** Entra has ended the sign-in that the caller's token comes from: any new one will do. */
  | { reason: 'sign_in_ended'; person: string; operator: string; code: number | undefined }
  /**
   * More is demanded of the user's sign-in, by Conditional Access for instance, and the client can pass that on: its
   * token says `cp1`. `claims`: Entra's JSON. `scopes`: what the token had, short, so that the next one has them too.
   */
  | { reason: 'claims_challenged'; claims: string; scopes: readonly string[] }
  /** The same for a client that did not say so: a challenge would send it to sign in for ever. */
  | { reason: 'claims_unanswerable'; claims: string; isRepeated?: true }
  /** Nobody has consented to this API's use of the downstream API. Its name, and where to consent: tool-handler.ts adds them. */
  | { reason: 'consent_required'; scope: string; downstream?: string; link?: string }
  | { reason: 'admin_consent_required'; scope: string; downstream?: string; link?: string }
  /** Entra's other refusals, final for this sign-in: what to tell the person, and the operator (aadsts-errors.ts). */
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
  /** So much was under way for the user that this never had its turn within the time of its call. */
  | { reason: 'too_many_at_once'; what: 'downstream calls' | 'exchanges' }
  /**
   * The downstream API said no: `status` 400–499, `code` its own word for it. `person`: our sentence, where that
   * refusal is known. `said`: the API's message, for the log only.
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
  /** Down or too slow. */
  | {
      reason: 'downstream_failed'
      downstream: string
      status: number | undefined
      said?: string | undefined
    }
  /** It answered what the tool does not understand. `problems`: where, for the log only. */
  | {
      reason: 'downstream_unexpected'
      downstream: string
      status: number | undefined
      problems: string
    }
  | { reason: 'downstream_too_large'; downstream: string; limit: string }
  /** Anything else: `cause` is what was thrown. */
  | { reason: 'unforeseen' }

/** Of a line in the log. */
export type Severity = 'information' | 'warning' | 'error'

/** Who is known from a token whose signature held, in its claims: for the log, whatever becomes of the request. */
export type Identity = {
  oid?: string | undefined
  tid?: string | undefined
  /** Client id, and how that client proved itself: 0 not at all, 1 by a secret, 2 by a certificate. */
  azp?: string | undefined
  azpacr?: string | undefined
  /** The token's id, as in Entra's sign-in log. */
  uti?: string | undefined
  /** Of an agent: what acts, what the subject is, and the blueprint behind it. */
  xms_act_fct?: string | undefined
  xms_sub_fct?: string | undefined
  xms_par_app_azp?: string | undefined
}

/** Thrown wherever a request cannot go on. `cause` and `identity` are for the log, never for the caller. */
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

/** Whatever only the operator can change is worth a look, although no request fails for want of an answer. */
const severityOf = (detail: FailureDetail): Severity =>
  'fixedBy' in detail && detail.fixedBy === 'operator' ? 'warning' : logged[detail.reason].severity

/** `count`: of a list. */
type Kept = 'yes' | 'no' | 'count'
const refusal = <const Facts>(facts: Facts) => ({ severity: 'information', facts }) as const
const outage = <const Facts>(facts: Facts) => ({ severity: 'error', facts }) as const

/**
 * What the log keeps of each field, which is not what is between Entra and the client (claims), a person's link,
 * arguments, or what we say to people. Outages are errors; refusals are not, they are what this server is for.
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
