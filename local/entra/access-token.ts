/**
 * Access tokens as Entra writes them: claims in v1 and v2 form, by the resource's own setting, and the signature.
 * The callers decide who gets one.
 */
import { createHash, randomInt } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import type { AppRegistration, User } from '../seed.ts'
import type { SigningKey } from './keys.ts'
import { opaque, type Session, type Tenant } from './tenant.ts'

export type AccessTokenRequest = {
  resource: Pick<AppRegistration, 'clientId' | 'accessTokenVersion' | 'optionalClaims'>
  /** The name that the request used for the resource; `aud` of a v1 token. */
  prefix: string
  client: { clientId: string; proof: ClientProof }
  subject: Subject
  /** `xms_cc`: the client's capabilities. */
  capabilities: string[]
  /** Seconds. */
  lifetime: number
}

/**
 * Seconds. Entra backdates `iat` and `nbf` so that a resource with a slow clock accepts a new token: with `expires_in`
 * 3,599, `exp` is 65 minutes after `iat`.
 */
export const backDated = 5 * 60

/** `azpacr`: 0 for a public client, 1 for a secret, 2 for a certificate or another assertion. */
export type ClientProof = '0' | '1' | '2'

/**
 * A user with short scope names and the session behind the token (none if it is forged), or an application itself
 * (object id of its service principal).
 */
type Subject = { user: User; scopes: string[]; session?: Session } | { application: string }

/**
 * The claims of an access token, v1 or v2 by the resource's setting.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function accessTokenClaims(
  tenant: Tenant,
  request: AccessTokenRequest,
): JWTPayload & { uti: string } {
  const { resource, prefix, client, subject, capabilities } = request
  const { tenantId, clock, issuer } = tenant
  const now = clock.seconds()
  const v1 = resource.accessTokenVersion === 1
  return {
    aud: v1 ? prefix : resource.clientId,
    iss: v1 ? `https://sts.windows.net/${tenantId}/` : issuer,
    iat: now - backDated,
    nbf: now - backDated,
    exp: now + request.lifetime,
    aio: opaque(24),
    ...(v1
      ? { appid: client.clientId, appidacr: client.proof }
      : { azp: client.clientId, azpacr: client.proof }),
    ...('user' in subject
      ? userClaims(tenant, resource.clientId, subject, v1)
      : applicationClaims(tenant, resource, subject)),
    rh: `1.${opaque(24)}.`,
    tid: tenantId,
    uti: opaque(16),
    ver: v1 ? '1.0' : '2.0',
    // Only for a resource that requests the optional claim.
    ...(resource.optionalClaims.includes('xms_cc') && capabilities.length > 0
      ? { xms_cc: capabilities }
      : {}),
  }
}

/** Signs the claims, and remembers the user's session by `uti`. */
export async function issueAccessToken(
  tenant: Tenant,
  request: AccessTokenRequest,
): Promise<string> {
  const { subject, resource } = request
  const key = tenant.keys.current()
  const claims = accessTokenClaims(tenant, request)
  if ('user' in subject && subject.session) tenant.sessions.set(claims.uti, subject.session)
  return new SignJWT(claims)
    .setProtectedHeader(accessTokenHeader(key, resource.accessTokenVersion))
    .sign(key.privateKey)
}

/** `x5t` is in v1 tokens only. */
export function accessTokenHeader({ kid }: SigningKey, version: 1 | 2) {
  return version === 1
    ? { typ: 'JWT', alg: 'RS256', x5t: kid, kid }
    : { typ: 'JWT', alg: 'RS256', kid }
}

/**
 * Seconds. Unless a script sets it: 60 to 90 minutes, or 20 to 28 hours under continuous access evaluation.
 * https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes
 */
export function accessTokenLifetime(
  { lifetimes }: Tenant,
  { continuousAccess, capabilities }: { continuousAccess: boolean; capabilities: string[] },
): number {
  const { accessTokenSeconds } = lifetimes
  if (accessTokenSeconds !== undefined) return accessTokenSeconds
  const revocable = capabilities.some((capability) => capability.toLowerCase() === 'cp1')
  return continuousAccess && revocable
    ? randomInt(20 * 60 * 60, 28 * 60 * 60)
    : randomInt(60 * 60, 90 * 60)
}

/** `sub`: differs for the same user from one application to the next. */
export function pairwiseSubject(user: User, application: string): string {
  return createHash('sha256').update(`${user.oid} at ${application}`).digest('base64url')
}

function userClaims(
  { directory }: Tenant,
  resource: string,
  { user, scopes, session }: Extract<Subject, { user: User }>,
  v1: boolean,
): JWTPayload {
  const roles = directory.roles(user.oid, resource)
  const { mfa = false, contexts = [] } = session ?? {}
  return {
    name: user.name,
    oid: user.oid,
    ...(v1
      ? { acr: '1', amr: mfa ? ['pwd', 'mfa'] : ['pwd'], unique_name: user.upn, upn: user.upn }
      : { preferred_username: user.upn }),
    ...(roles.length > 0 ? { roles } : {}),
    ...(contexts.length > 0 ? { acrs: contexts } : {}),
    scp: scopes.join(' '),
    sub: pairwiseSubject(user, resource),
  }
}

function applicationClaims(
  { directory }: Tenant,
  { clientId, optionalClaims }: Pick<AppRegistration, 'clientId' | 'optionalClaims'>,
  { application }: Extract<Subject, { application: string }>,
): JWTPayload {
  const roles = directory.applicationRoles(application, clientId)
  return {
    oid: application,
    sub: application,
    ...(roles.length > 0 ? { roles } : {}),
    ...(optionalClaims.includes('idtyp') ? { idtyp: 'app' } : {}),
  }
}
