/**
 * The validated user, in the claim names of Entra's v2 access tokens. Made only by access-token.ts: nobody else may
 * make a `Secret<'assertion'>` (test/rules.test.ts), and without one there is no `Caller`.
 */
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
  /** Client capabilities; `cp1`: the client can answer a claims challenge. */
  xms_cc: ReadonlySet<string>
  /** Seconds since 1970, as in the token. */
  exp: number
  nbf: number
  iat: number
  uti?: string | undefined
  /** The token itself, for the exchange and nothing else (RFC 7523 §2.1). */
  assertion: Secret<'assertion'>
  /** SHA-256 of the assertion, base64url: what cache entries are bound to. */
  assertionHash: string
}>
