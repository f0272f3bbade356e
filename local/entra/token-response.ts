/**
 * What a token request for a user comes to, whatever the grant: consent is checked, the access token minted, and with
 * it what the OIDC scopes add. The grants say who the user is and what was asked.
 */
import type { User } from '../seed.ts'
import { accessTokenLifetime, issueAccessToken } from './access-token.ts'
import type { AuthenticatedClient } from './client-authentication.ts'
import { grantedScopes } from './consent.ts'
import { Refusal } from './errors.ts'
import { clientInfo, issueIdToken } from './id-token.ts'
import type { Parameters } from './parameters.ts'
import { resolveScopes } from './scopes.ts'
import { opaque, type Tenant } from './tenant.ts'

/** Of inactivity; each refresh begins a new one. */
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
  /** Told whose tokens are asked for (object id), as soon as that is proved. */
  identified: (user: string) => void
}

export async function respondForUser(
  tenant: Tenant,
  { parameters, client, identified }: TokenRequest,
  grant: {
    /** Object id. */
    user: string
    scope: string
    nonce?: string | undefined
    claims?: string | undefined
    /** A refresh always yields another refresh token, whatever its `scope` says. */
    refreshable?: boolean
  },
): Promise<TokenResponse> {
  const { directory, tenantId } = tenant
  identified(grant.user)
  const user = enabledUser(tenant, grant.user)
  const asked = resolveScopes({
    directory,
    client: client.app,
    scope: grant.scope,
    resource: parameters.optional('resource'),
  })
  const scopes = grantedScopes({ directory, client: client.app, user, asked })
  const { oidc, prefix } = asked
  const { clientId } = client.app
  const lifetime = accessTokenLifetime(tenant)

  const response: TokenResponse = {
    token_type: 'Bearer',
    scope: [...scopes, ...(asked.names === '.default' ? ['.default'] : [])]
      .map((name) => `${prefix}/${name}`)
      .join(' '),
    ...expiry(tenant, lifetime),
    access_token: await issueAccessToken(tenant, {
      resource: asked.resource,
      prefix,
      client: { clientId, proof: client.proof },
      subject: { user, scopes },
      claims: parameters.optional('claims') ?? grant.claims,
      lifetime,
    }),
  }
  if (grant.refreshable || oidc.includes('offline_access')) {
    response.refresh_token = rememberRefreshToken(tenant, { clientId, user, scope: grant.scope })
  }
  if (oidc.includes('openid')) {
    response.id_token = await issueIdToken(tenant, { user, clientId, oidc, nonce: grant.nonce })
  }
  if (parameters.optional('client_info') === '1') {
    response.client_info = clientInfo(user, tenantId)
  }
  return response
}

export function expiry({ lifetimes }: Tenant, lifetime: number) {
  const { refreshInSeconds } = lifetimes
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
  { clientId, user, scope }: { clientId: string; user: User; scope: string },
): string {
  const token = `1.${opaque(48)}`
  const issued = clock.seconds()
  const expires = issued + refreshTokenLifetime
  refreshTokens.set(token, { clientId, user: user.oid, scope, issued, expires })
  return token
}
