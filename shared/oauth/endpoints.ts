/** The endpoints as an authorization server sees them: resources with scopes (RFC 8707, RFC 6749 §3.3). */
import { scopePrefix } from '../http/metadata.ts'
import type { EndpointDefinition } from '../mcp/define-endpoint.ts'
import type { Settings } from '../settings.ts'
import { OAuthError } from './oauth-error.ts'

export type OAuthScope = {
  /** As in `scp`. */
  value: string
  title: string
  description: string
}

export type OAuthEndpoint = {
  name: string
  title: string
  /** Its URL. */
  resource: string
  scopes: readonly OAuthScope[]
  /** The scopes that users may consent to: requested if a client names none. */
  userScopes: readonly OAuthScope[]
  /** Turns a short scope into Entra's spelling. */
  qualify: (scope: string) => string
}

/** OpenID Connect Core §5.4 and §11: clients request them by habit; they make no difference here. */
const oidc = new Set(['openid', 'profile', 'email', 'offline_access'])

/**
 * Finds the endpoint by its URL; a trailing slash and capitals in the host are accepted.
 * @throws an {@link OAuthError} `invalid_target`
 */
export function endpointOf(
  resource: string | undefined,
  endpoints: readonly OAuthEndpoint[],
): OAuthEndpoint {
  const [only, ...others] = endpoints
  if (resource === undefined && only && others.length === 0) return only
  const asked = resource === undefined ? undefined : URL.parse(resource)?.href.replace(/\/$/, '')
  const found = endpoints.find((endpoint) => endpoint.resource === asked)
  if (found) return found
  throw new OAuthError(
    'invalid_target',
    `resource must be the URL of one of this server's endpoints: ${endpoints.map((it) => it.resource).join(', ')}`,
  )
}

/**
 * The requested scopes, in short or qualified spelling; if none, all that a user may consent to.
 * @throws an {@link OAuthError} `invalid_scope`
 */
export function scopesOf(
  scope: string | undefined,
  endpoint: OAuthEndpoint,
): readonly OAuthScope[] {
  const asked = (scope ?? '').split(' ').filter((each) => each && !oidc.has(each))
  if (asked.length === 0) return endpoint.userScopes
  return [...new Set(asked)].map((name) => {
    const found = endpoint.scopes.find(
      ({ value }) => value === name || endpoint.qualify(value) === name,
    )
    if (found) return found
    throw new OAuthError(
      'invalid_scope',
      `The scopes of this endpoint are ${endpoint.scopes.map(({ value }) => value).join(', ')}`,
    )
  })
}

/** The endpoint with every scope that its tools require. */
export function oauthEndpoint(
  { name, title, tools }: EndpointDefinition,
  settings: Settings,
): OAuthEndpoint {
  const all = tools.flatMap(({ access }) => access.scopes)
  const scopes = [...new Map(all.map((scope) => [scope.value, scope])).values()]
  const prefix = scopePrefix(settings, name)
  return {
    ...{ name, title, scopes },
    resource: `${settings.publicBaseUrl}/mcp/${name}`,
    userScopes: scopes.filter(({ consent }) => consent === 'user'),
    qualify: (scope) => `${prefix}/${scope}`,
  }
}
