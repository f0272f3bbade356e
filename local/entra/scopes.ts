/**
 * What a `scope` parameter asks for: OIDC scopes, and scopes of exactly one resource. Also keeps Entra's rule that
 * `resource` (RFC 8707) and the scopes name the same thing. Whether anyone consented is for consent.ts.
 */
import { type AppRegistration, graphClientId } from '../seed.ts'
import type { DirectoryState } from './directory-state.ts'
import { Refusal } from './errors.ts'

const oidcScopes = ['openid', 'profile', 'email', 'offline_access']
/** What a token for Graph carries when nothing but OIDC scopes was asked for. */
const signInScopes = ['openid', 'profile', 'email']

export type AskedScopes = {
  oidc: string[]
  resource: AppRegistration
  /** The name by which the resource was asked for: an identifier URI or its client id. */
  prefix: string
  /** Short names; `.default` stands for all that was granted. */
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

/** `<identifier>/<name>`. Identifiers may hold slashes, names cannot; a bare name is Graph's. */
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

/** AADSTS9010010, the strict reading: `resource`, an identifier URI and each scope's prefix are one string. */
function matchesResource(request: {
  resource: string
  app: AppRegistration
  scopes: Located[]
}): boolean {
  const { resource, app, scopes } = request
  return app.identifierUris.includes(resource) && scopes.every(({ prefix }) => prefix === resource)
}
