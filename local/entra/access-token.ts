/**
 * Access tokens as Entra writes them: claims in v1 and v2 form, by the resource's own setting, and the signature.
 * Who may have one is decided before.
 */
import { createHash, randomInt } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import { z } from 'zod'
import type { AppRegistration, User } from '../seed.ts'
import { Refusal } from './errors.ts'
import type { SigningKey } from './keys.ts'
import { opaque, type Tenant } from './tenant.ts'

export type AccessTokenRequest = {
  resource: Pick<AppRegistration, 'clientId' | 'accessTokenVersion' | 'optionalClaims'>
  /** The name by which the resource was asked for; `aud` of a v1 token. */
  prefix: string
  client: { clientId: string; proof: ClientProof }
  subject: Subject
  /** The `claims` request parameter (OpenID Connect Core §5.5). */
  claims: string | undefined
  /** Seconds. */
  lifetime: number
}

/** `azpacr`: none (public client), secret, certificate or other assertion. */
export type ClientProof = '0' | '1' | '2'

/** A user with short scope names, or an application itself (object id of its service principal). */
type Subject = { user: User; scopes: string[] } | { application: string }

export function accessTokenClaims(tenant: Tenant, request: AccessTokenRequest): JWTPayload {
  const { resource, prefix, client, subject } = request
  const { tenantId, clock, issuer } = tenant
  const now = clock.seconds()
  const v1 = resource.accessTokenVersion === 1
  return {
    aud: v1 ? prefix : resource.clientId,
    iss: v1 ? `https://sts.windows.net/${tenantId}/` : issuer,
    iat: now,
    nbf: now,
    exp: now + request.lifetime,
    aio: opaque(24),
    ...(v1
      ? { appid: client.clientId, appidacr: client.proof }
      : { azp: client.clientId, azpacr: client.proof }),
    ...('user' in subject
      ? userClaims(tenant, resource.clientId, subject, v1)
      : applicationClaims(resource, subject)),
    rh: `1.${opaque(24)}.`,
    tid: tenantId,
    uti: opaque(16),
    ver: v1 ? '1.0' : '2.0',
    ...capabilities(resource, request.claims),
  }
}

export async function issueAccessToken(
  tenant: Tenant,
  request: AccessTokenRequest,
): Promise<string> {
  const key = tenant.keys.current()
  return new SignJWT(accessTokenClaims(tenant, request))
    .setProtectedHeader(accessTokenHeader(key, request.resource.accessTokenVersion))
    .sign(key.privateKey)
}

export function accessTokenHeader({ kid }: SigningKey, version: 1 | 2) {
  return version === 1
    ? { typ: 'JWT', alg: 'RS256', x5t: kid, kid }
    : { typ: 'JWT', alg: 'RS256', kid }
}

/** Seconds: between 60 and 90 minutes unless scripted. */
export function accessTokenLifetime({ lifetimes }: Tenant): number {
  return lifetimes.accessTokenSeconds ?? randomInt(60 * 60, 90 * 60)
}

/** One user has another `sub` in every application. */
export function pairwiseSubject(user: User, application: string): string {
  return createHash('sha256').update(`${user.oid} at ${application}`).digest('base64url')
}

function userClaims(
  { directory }: Tenant,
  resource: string,
  { user, scopes }: Extract<Subject, { user: User }>,
  v1: boolean,
): JWTPayload {
  const roles = directory.roles(user.oid, resource)
  return {
    name: user.name,
    oid: user.oid,
    ...(v1
      ? { acr: '1', amr: ['pwd'], unique_name: user.upn, upn: user.upn }
      : { preferred_username: user.upn }),
    ...(roles.length > 0 ? { roles } : {}),
    scp: scopes.join(' '),
    sub: pairwiseSubject(user, resource),
  }
}

function applicationClaims(
  { optionalClaims }: Pick<AppRegistration, 'optionalClaims'>,
  { application }: Extract<Subject, { application: string }>,
): JWTPayload {
  return {
    oid: application,
    sub: application,
    ...(optionalClaims.includes('idtyp') ? { idtyp: 'app' } : {}),
  }
}

const claimsRequest = z.looseObject({
  access_token: z
    .looseObject({ xms_cc: z.looseObject({ values: z.array(z.string()).optional() }).nullish() })
    .nullish(),
})

/** `xms_cc` is given only when the resource lists it and the client asks. */
function capabilities(
  { optionalClaims }: Pick<AppRegistration, 'optionalClaims'>,
  claims: string | undefined,
): JWTPayload {
  if (claims === undefined) return {}
  const values = parseClaims(claims).access_token?.xms_cc?.values ?? []
  return optionalClaims.includes('xms_cc') && values.length > 0 ? { xms_cc: values } : {}
}

export function parseClaims(claims: string): z.infer<typeof claimsRequest> {
  try {
    return claimsRequest.parse(JSON.parse(claims))
  } catch {
    throw new Refusal(9002313)
  }
}
