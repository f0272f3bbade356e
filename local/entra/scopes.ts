/**
 * Resolves a `scope` parameter: OIDC scopes, and scopes of exactly one resource. Also enforces Entra's rule that
 * `resource` (RFC 8707) and the scopes name the same app. consent.ts checks consent.
 */
import { type AppRegistration, graphClientId } from '../seed.ts'
import type { DirectoryState } from './directory-state.ts'
import { Refusal } from './errors.ts'

const oidcScopes = ['openid', 'profile', 'email', 'offline_access']
/** Scopes of a Graph token when only OIDC scopes are requested. */
const signInScopes = ['openid', 'profile', 'email']

export type AskedScopes = {
  oidc: string[]
  resource: AppRegistration
  /** The name that the request used for the resource: an identifier URI or the client id. */
  prefix: string
  /** Short names; `.default` stands for all granted scopes. */
  names: string[] | '.default'
}

export const isOidcScope = (name: string) => oidcScopes.includes(name)

type Request = {
  directory: DirectoryState
  client: AppRegistration
  scope: string
  /** The `resource` parameter, if one was sent. */
  resource: string | undefined
}

/**
 * https://learn.microsoft.com/entra/identity-platform/scopes-oidc
 * @throws Refusal 900144, 70011, 28000, 9010010, 90009, 650053 or 500011
 */
export function resolveScopes({ directory, client, scope, resource }: Request): AskedScopes {
  const asked = scope.split(' ').filter((value) => value !== '')
  if (asked.length === 0) throw new Refusal(900144, { parameter: 'scope' })

  const oidc = asked.filter(isOidcScope)
  const others = asked.filter((value) => !isOidcScope(value))
  const scopes = (others.length > 0 ? others : signInScopes).map((value) =>
    locate(directory, value),
  )
  const [first] = scopes
  if (!first) throw new Refusal(70011, { scope })
  if (scopes.some(({ app }) => app !== first.app)) throw new Refusal(28000, { scope })

  const { app, prefix } = first
  if (resource !== undefined && !matchesResource({ resource, app, scopes })) {
    throw new Refusal(9010010)
  }
  if (app.clientId === client.clientId && prefix !== app.clientId) {
    throw new Refusal(90009, { client: client.clientId, name: client.name })
  }

  const names = [...new Set(scopes.map(({ name }) => name))]
  if (names.includes('.default')) {
    if (names.length > 1) throw new Refusal(70011, { scope })
    return { oidc, resource: app, prefix, names: '.default' }
  }
  const known = app.scopes.map(({ value }) => value)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Refusal(650053, { name: client.name, scope: unknown, resource: app.clientId })
  }
  return { oidc, resource: app, prefix, names }
}

type Located = { app: AppRegistration; prefix: string; name: string }

/** `<identifier>/<name>`. Identifiers may contain slashes, names may not; a bare name is a Graph scope. */
function locate(directory: DirectoryState, scope: string): Located {
  const slash = scope.lastIndexOf('/')
  const name = scope.slice(slash + 1)
  const asked = slash === -1 ? graphClientId : scope.slice(0, slash)
  const graph = slash === -1 ? directory.app(graphClientId) : undefined
  const prefixes = graph ? [graph.identifierUris[0] ?? graphClientId] : [asked, `${asked}/`]
  for (const prefix of prefixes) {
    const app = directory.resource(prefix)
    if (app) return { app, prefix, name }
  }
  throw new Refusal(500011, { resource: asked, tenant: directory.tenantId })
}

/** Strict: `resource` must be an identifier URI and equal the prefix of every scope. */
function matchesResource(request: {
  resource: string
  app: AppRegistration
  scopes: Located[]
}): boolean {
  const { resource, app, scopes } = request
  return app.identifierUris.includes(resource) && scopes.every(({ prefix }) => prefix === resource)
}
