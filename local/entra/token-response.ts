/**
 * The token response for a user, common to all grants: checks revocation, consent and Conditional Access, then issues
 * the access token and what the OIDC scopes add. The grants supply user, scope and session.
 */
import type { User } from '../seed.ts'
import { accessTokenLifetime, issueAccessToken } from './access-token.ts'
import { parseClaimsRequest } from './claims-request.ts'
import type { AuthenticatedClient } from './client-authentication.ts'
import { demandsOn, refusalOf } from './conditional-access.ts'
import { grantedScopes } from './consent.ts'
import { Refusal } from './errors.ts'
import { clientInfo, issueIdToken } from './id-token.ts'
import type { Parameters } from './parameters.ts'
import { resolveScopes } from './scopes.ts'
import { checkNotRevoked } from './session.ts'
import { opaque, type Session, type Tenant } from './tenant.ts'

/** Seconds. Each refresh starts a new one. */
const refreshTokenLifetime = 90 * 24 * 60 * 60

export type TokenResponse = {
  token_type: 'Bearer'
  scope?: string
  expires_in: number
  ext_expires_in: number
  refresh_in?: number
  access_token: string
  refresh_token?: string
  id_token?: string
  client_info?: string
}

/** One authenticated request to the token endpoint. */
export type TokenRequest = {
  parameters: Parameters
  client: AuthenticatedClient
  /** Called with the user's object id as soon as it is verified. */
  identified: (user: string) => void
}

/**
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#successful-response-2
 * @throws Refusal when the user is unknown, disabled, revoked, has not consented or does not meet a policy
 */
export async function respondForUser(
  tenant: Tenant,
  { parameters, client, identified }: TokenRequest,
  grant: {
    /** Object id. */
    user: string
    scope: string
    nonce?: string | undefined
    claims?: string | undefined
    session: Session
    /** A refresh always returns a refresh token, even when `scope` lacks offline_access. */
    refreshable?: boolean
  },
): Promise<TokenResponse> {
  const { directory, tenantId } = tenant
  identified(grant.user)
  const user = enabledUser(tenant, grant.user)
  const claims = parseClaimsRequest(parameters.optional('claims') ?? grant.claims)
  checkNotRevoked(tenant, { user: user.oid, session: grant.session, claims })
  const asked = resolveScopes({
    directory,
    client: client.app,
    scope: grant.scope,
    resource: parameters.optional('resource'),
  })
  const scopes = grantedScopes({ directory, client: client.app, user, asked })
  const { oidc, prefix, resource } = asked
  const refusal = refusalOf(demandsOn(directory, { user, resource, claims }), grant.session)
  if (refusal) throw refusal
  const contexts = [...new Set([...grant.session.contexts, ...claims.contexts])]
  const session = { ...grant.session, contexts }
  const { clientId } = client.app
  const { capabilities } = claims
  const lifetime = accessTokenLifetime(tenant, { ...resource, capabilities })

  const response: TokenResponse = {
    token_type: 'Bearer',
    scope: [...scopes, ...(asked.names === '.default' ? ['.default'] : [])]
      .map((name) => `${prefix}/${name}`)
      .join(' '),
    ...expiry(tenant, lifetime),
    access_token: await issueAccessToken(tenant, {
      resource,
      prefix,
      client: { clientId, proof: client.proof },
      subject: { user, scopes, session },
      capabilities,
      lifetime,
    }),
  }
  if (grant.refreshable || oidc.includes('offline_access')) {
    const { scope } = grant
    response.refresh_token = rememberRefreshToken(tenant, { clientId, user, scope, session })
  }
  if (oidc.includes('openid')) {
    response.id_token = await issueIdToken(tenant, { user, clientId, oidc, nonce: grant.nonce })
  }
  if (parameters.optional('client_info') === '1') {
    response.client_info = clientInfo(user, tenantId)
  }
  return response
}

/** Seconds. `refresh_in` is half the lifetime of tokens that live longer than two hours. */
export function expiry({ lifetimes }: Tenant, lifetime: number) {
  const { refreshInSeconds = lifetime > 2 * 60 * 60 ? Math.floor(lifetime / 2) : undefined } =
    lifetimes
  return {
    expires_in: lifetime,
    ext_expires_in: lifetime,
    ...(refreshInSeconds === undefined ? {} : { refresh_in: refreshInSeconds }),
  }
}

function enabledUser({ directory, tenantId }: Tenant, oid: string): User {
  const user = directory.user(oid)
  if (!user) throw new Refusal(50034, { user: oid, tenant: tenantId })
  if (!user.enabled) throw new Refusal(50057)
  return user
}

function rememberRefreshToken(
  { refreshTokens, clock }: Tenant,
  request: { clientId: string; user: User; scope: string; session: Session },
): string {
  const { user, ...others } = request
  const token = `1.${opaque(48)}`
  const issued = clock.seconds()
  const expires = issued + refreshTokenLifetime
  refreshTokens.set(token, { ...others, user: user.oid, issued, expires })
  return token
}
