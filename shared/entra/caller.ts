/**
 * The validated user, in the claim names of Entra's v2 access tokens. Only access-token.ts creates one: no other file
 * may create a `Secret<'assertion'>` (test/rules.test.ts), which a `Caller` requires.
 */
import type { Identity } from '../failure.ts'
import type { Secret } from '../secret.ts'

export type Caller = Readonly<{
  /** Object id of the user within `tid`; the pair names the user. Never `sub` (pairwise), never a mail address. */
  oid: string
  tid: string
  /** Client id of the application that the token was issued to. */
  azp: string
  scp: ReadonlySet<string>
  roles: ReadonlySet<string>
  /** Authentication contexts that the sign-in satisfied. */
  acrs: ReadonlySet<string>
  /** Client capabilities, in lower case; `cp1`: the client can answer a claims challenge. */
  xms_cc: ReadonlySet<string>
  /** Seconds since 1970, as in the token. */
  exp: number
  nbf: number
  iat: number
  /** The token's id, as in Entra's sign-in log. */
  uti?: string | undefined
  /** How the client authenticated: 0 not at all, 1 with a secret, 2 with a certificate. */
  azpacr?: string | undefined
  /** Of an agent: the type of the actor, the type of the subject, and the agent's blueprint (agent.ts). */
  xms_act_fct?: string | undefined
  xms_sub_fct?: string | undefined
  xms_par_app_azp?: string | undefined
  /** The token itself, for the exchange and nothing else (RFC 7523 §2.1). */
  assertion: Secret<'assertion'>
  /** SHA-256 of the assertion, base64url. Cache entries are bound to it. */
  assertionHash: string
}>

/** The pair that names a user. */
export type User = Pick<Caller, 'tid' | 'oid'>

/** A key that names the user and nothing else, for whatever is kept per user. */
export const userKey = ({ tid, oid }: User): string => JSON.stringify([tid, oid])

/** What the log records about a caller: claims only, never a credential. */
export const identityOf = ({ oid, tid, azp, azpacr, uti, ...more }: Caller): Identity => {
  const { xms_act_fct, xms_sub_fct, xms_par_app_azp } = more
  return { oid, tid, azp, azpacr, uti, xms_act_fct, xms_sub_fct, xms_par_app_azp }
}
