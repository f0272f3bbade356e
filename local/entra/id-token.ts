/** The id_token and `client_info`, which tell a client who signed in. */
import { type JWTPayload, SignJWT } from 'jose'
import type { User } from '../seed.ts'
import { pairwiseSubject } from './access-token.ts'
import { opaque, type Tenant } from './tenant.ts'

/** Seconds. */
const lifetime = 60 * 60

/** https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference */
export async function issueIdToken(
  { keys, clock, issuer, tenantId }: Tenant,
  request: { user: User; clientId: string; oidc: string[]; nonce: string | undefined },
): Promise<string> {
  const { user, clientId, oidc, nonce } = request
  const now = clock.seconds()
  const claims: JWTPayload = {
    aud: clientId,
    iss: issuer,
    iat: now,
    nbf: now,
    exp: now + lifetime,
    aio: opaque(24),
    ...(oidc.includes('profile') ? { name: user.name, preferred_username: user.upn } : {}),
    ...(oidc.includes('email') ? { email: user.upn } : {}),
    ...(nonce !== undefined ? { nonce } : {}),
    oid: user.oid,
    rh: `1.${opaque(24)}.`,
    sub: pairwiseSubject(user, clientId),
    tid: tenantId,
    uti: opaque(16),
    ver: '2.0',
  }
  const { kid, privateKey } = keys.current()
  return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid }).sign(privateKey)
}

/** MSAL makes the account's id of it: `uid` and `utid`. */
export function clientInfo(user: User, tenantId: string): string {
  return Buffer.from(JSON.stringify({ uid: user.oid, utid: tenantId })).toString('base64url')
}
