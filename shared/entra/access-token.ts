/**
 * The only place where a bearer token becomes a `Caller` (RFC 9068 §4 and Microsoft's claims reference for v2 access
 * tokens). Verifies the signature before it reads any claim, then checks every claim that matters. Purged users are
 * left to token-cache/revocations.ts, permissions to mcp/access.ts.
 */
import { hash } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { Failure, type Identity } from '../failure.ts'
import { upTo } from '../resilience/lru.ts'
import { Secret } from '../secret.ts'
import type * as z from '../zod.ts'
import { claimsSchema, identitySchema } from './access-token-claims.ts'
import type { Authority } from './authority.ts'
import type { Caller } from './caller.ts'
import type { KeySet, SigningKey } from './key-set.ts'
import { actingForUsers, otherAudience } from './other-audience.ts'

/** @throws Failure `token_refused`, or `entra_unreachable` if the keys cannot be read */
export type ValidateAccessToken = (token: string) => Promise<Caller>

/** One validator per process: it remembers verified tokens by their hash. */
export function accessTokenValidator(options: {
  authority: Authority
  /** Client id of this API: the only accepted `aud`. */
  clientId: string
  allowedClients: ReadonlySet<string>
  guests: 'allowed' | 'refused'
  keys: KeySet
  /** Milliseconds since 1970. */
  now: () => number
}): ValidateAccessToken {
  const { keys, now } = options
  // Verifying costs a hundred times more than a lookup. Expiry and withdrawn keys are still checked on each call.
  const verified = new LRUCache<string, { claims: Claims; key: SigningKey }>(upTo(65_536))

  const recall = (assertionHash: string) => {
    const found = verified.get(assertionHash)
    return found && keys.identify(found.key.kid)?.text === found.key.text ? found.claims : undefined
  }
  const verifyAndKeep = async (token: string, assertionHash: string) => {
    const { claims, kid } = await verify(token, options)
    const key = keys.identify(kid)
    if (key) verified.set(assertionHash, { claims, key })
    return claims
  }

  return async (token) => {
    const assertionHash = hash('sha256', token, 'base64url')
    const claims = recall(assertionHash) ?? (await verifyAndKeep(token, assertionHash))
    checkTime(claims, now())
    return { ...claims, assertion: new Secret('assertion', token), assertionHash }
  }
}

/** What is remembered about a token. Never the token itself. */
type Claims = Omit<Caller, 'assertion' | 'assertionHash'>

/** `identity`: from the claims, once the signature is valid. */
const refused = (
  error: 'invalid_token' | 'access_denied',
  description: string,
  identity?: Identity,
) => new Failure({ reason: 'token_refused', error, description }, { identity })
const invalid = (description: string, identity?: Identity) =>
  refused('invalid_token', description, identity)

/** Entra rounds `nbf` to the second. */
const rounding = 5

function checkTime(claims: Claims, now: number): void {
  const { exp, nbf } = claims
  if (exp * 1000 <= now) throw invalid(expired, identitySchema.parse(claims))
  if ((nbf - rounding) * 1000 > now)
    throw invalid(notYetValid(nbf, now), identitySchema.parse(claims))
}

const expired = 'The token has expired (exp): sign in again or refresh it'

/**
 * Entra back-dates tokens, so this server's clock must be wrong. Rounded to ten seconds, so that the challenge stays
 * the same and clients that compare challenges detect the loop.
 */
const notYetValid = (nbf: number, now: number) =>
  `The token's nbf is not valid yet: this server's clock is ${Math.ceil((nbf - now / 1000) / 10) * 10} s behind. Signing in again does not help: the operator has to correct the clock`

async function verify(token: string, options: Parameters<typeof accessTokenValidator>[0]) {
  const { authority, clientId, allowedClients, guests, keys } = options
  const { payload, protectedHeader } = await jwtVerify(token, (header) => keys.keyFor(header), {
    algorithms: ['RS256'],
    issuer: authority.issuer,
    audience: clientId,
    requiredClaims: ['exp'],
    clockTolerance: rounding,
    currentDate: new Date(options.now()),
  }).catch((error: unknown) => {
    throw explain(error, options)
  })
  const identity = identitySchema.parse(payload)
  const deny = (description: string) => refused('access_denied', description, identity)
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success)
    throw invalid(`The token's claims are invalid: ${problems(parsed.error)}`, identity)
  const { aud: _aud, ver: _ver, idtyp, acct, cnf, scp, ...claims } = parsed.data
  if (claims.tid !== authority.tenantId) {
    throw invalid(
      `The token is from another tenant (tid): expected ${authority.tenantId}`,
      identity,
    )
  }
  // RFC 7800: a key-bound token proves nothing without a proof of that key.
  if (cnf !== undefined)
    throw invalid('The token is bound to a key (cnf): send a plain bearer token', identity)
  if (!scp?.size || idtyp === 'app') {
    throw deny(
      `The token was issued to an application by itself (no scp). This server acts for a signed-in user: send a delegated token, which comes from a sign-in (authorization code), not from client credentials or a managed identity. ${actingForUsers}`,
    )
  }
  if (allowedClients.size > 0 && !allowedClients.has(claims.azp)) {
    throw deny(
      `The client ${claims.azp} (azp) may not call this server: its operator can add it to ENTRA_ALLOWED_CLIENTS`,
    )
  }
  // Without the claim nothing is known: the registration has to request it.
  if (guests === 'refused' && acct !== 0) {
    throw deny(
      'Guests of the tenant may not call this server (acct): sign in with an account of the tenant',
    )
  }
  return { claims: { ...claims, scp }, kid: protectedHeader.kid ?? '' }
}

const problems = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')

/** jose's errors carry all claims in `cause` and `payload`: only `aud` is passed on from here. */
function explain(error: unknown, options: Parameters<typeof accessTokenValidator>[0]): unknown {
  // jose checks claims only after the signature, so these payloads are verified.
  if (error instanceof errors.JWTExpired) {
    return invalid(expired, identitySchema.parse(error.payload))
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const identity = identitySchema.parse(error.payload)
    const { aud, ver } = error.payload
    const other = otherAudience(aud)
    const isFor = other?.name ?? audienceName(aud)
    const wrongAudience = `expected ${options.clientId} (this API), but it is for ${isFor}`
    if (other) return invalid(`The token's aud is wrong: ${wrongAudience}. ${other.hint}`, identity)
    if (ver === '1.0') {
      return invalid(
        `The token is a v1.0 token, for ${isFor}: if that is this API, set api.requestedAccessTokenVersion: 2 in its app registration`,
        identity,
      )
    }
    if (error.claim === 'nbf' && error.reason === 'check_failed') {
      return invalid(notYetValid(Number(error.payload.nbf), options.now()), identity)
    }
    const hints: Record<string, string> = {
      iss: `: expected ${options.authority.issuer}`,
      aud: `: ${wrongAudience}`,
    }
    const hint = hints[error.claim] ?? ''
    return invalid(`The token's ${error.claim} is missing or wrong${hint}`, identity)
  }
  const known = explanations.find(([kind]) => error instanceof kind)
  return known ? invalid(known[1]) : error
}

const audienceName = (aud: unknown) =>
  typeof aud === 'string' && /^[\w.:/-]{1,200}$/.test(aud) ? aud : 'something else'

const explanations = [
  [
    errors.JWKSNoMatchingKey,
    'The token is signed with a key (kid) that does not belong to this tenant',
  ],
  [errors.JOSEAlgNotAllowed, 'The token is signed with another algorithm (alg): expected RS256'],
  [errors.JWSSignatureVerificationFailed, "The token's signature is invalid"],
  [errors.JOSEError, 'The token is not a signed JWT'],
] as const
