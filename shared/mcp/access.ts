/**
 * What a tool requires of its caller. A scope limits what the client may do for the user, and consent can add it. An app
 * role limits the user, and only an administrator assigns it. endpoint.ts answers what is missing.
 */
import { hash } from 'node:crypto'
import { isAgent, mayBeAgent } from '../entra/agent.ts'
import type { Caller } from '../entra/caller.ts'
import type { Settings } from '../settings.ts'

export type Access = {
  /** Every scope and role that it may require. */
  scopes: readonly Scope[]
  roles: readonly AppRole[]
  missing: (caller: Caller, settings: TenantSettings) => Missing
}

type TenantSettings = Pick<Settings, 'stepUpContext'>

/** A scope or role as the app registration defines it. */
type Permission = {
  /** A GUID, the same in every deployment. */
  id: string
  /** Short name, as in `scp` or `roles`. */
  value: string
  /** For the person who consents or assigns. */
  title: string
  description: string
}
export type Scope = Permission & { consent: 'user' | 'administrator' }
export type AppRole = Permission

export type Missing = {
  scopes: readonly string[]
  roles: readonly string[]
  /** Authentication contexts, by their ids in the tenant. */
  acrs: readonly string[]
  /** Whether an agent has to act for the user, or must not. */
  actors: readonly ActorRule[]
}

export type ActorRule = 'agent' | 'no agent'

type Words = Pick<Permission, 'title' | 'description'> & {
  /** The id of a permission that was registered before ids were derived. */
  id?: string
}
/** `alsoAccepts`: older names that are accepted but not advertised. */
type ScopeWords = Words & { alsoAccepts?: readonly string[] }

/**
 * A scope that users may consent to themselves. Clients request it at sign-in.
 * @example userScope('orders.read', { title: 'Read orders', description: 'Reads orders, as you.' })
 */
export const userScope = (value: string, words: ScopeWords): Access => scope(value, 'user', words)

/**
 * A scope that only an administrator can consent to. Clients request it when a tool needs it, not at sign-in.
 * @example adminScope('orders.export', { title: 'Export orders', description: 'Exports orders, as you.' })
 */
export const adminScope = (value: string, words: ScopeWords): Access =>
  scope(value, 'administrator', words)

/**
 * An app role, which an administrator assigns to users. Combine it with a scope.
 * @example
 * allOf(ordersExport, appRole('Orders.Exporter', { title: 'Orders exporter', description: 'May export orders.' }))
 */
export const appRole = (value: string, words: Words): Access =>
  access(({ roles }) => !roles.has(value) && { roles: [value] }, {
    roles: [permission('role', value, words)],
  })

function scope(value: string, consent: Scope['consent'], words: ScopeWords): Access {
  const accepted = [value, ...(words.alsoAccepts ?? [])]
  return access(({ scp }) => !accepted.some((it) => scp.has(it)) && { scopes: [value] }, {
    scopes: [{ ...permission('scope', value, words), consent }],
  })
}

const access = (
  lacks: (caller: Caller, settings: TenantSettings) => Partial<Missing> | false,
  permissions: Partial<Pick<Access, 'scopes' | 'roles'>> = {},
): Access => ({
  ...{ scopes: [], roles: [], ...permissions },
  missing(caller, settings) {
    const missing = lacks(caller, settings)
    return missing ? { ...nothing, ...missing } : nothing
  },
})

const permission = (kind: 'scope' | 'role', value: string, words: Words): Permission => ({
  id: words.id ?? derivedId(`${kind} ${value}`),
  value,
  title: words.title,
  description: words.description,
})

/** UUID v5 (RFC 9562 §5.5), so that every deployment registers a permission under the same id. */
function derivedId(name: string): string {
  const namespace = Buffer.from('6f9b9c3e7d0a4d5a8f6e2b1c4a3d5e70', 'hex')
  const digest = hash('sha1', Buffer.concat([namespace, Buffer.from(name)]), 'buffer')
  digest[6] = 0x50 | ((digest[6] ?? 0) & 0x0f)
  digest[8] = 0x80 | ((digest[8] ?? 0) & 0x3f)
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * Requires a step-up at sign-in, as a policy of Conditional Access defines it.
 * @param value an authentication context of the tenant's Conditional Access, `c1` … `c99`. By default the one in the app
 *   setting STEP_UP_AUTH_CONTEXT; without that, no step-up.
 * @example allOf(ordersWrite, authContext('c1'))
 */
export const authContext = (value?: string): Access =>
  access(({ acrs }, { stepUpContext }) => {
    const wanted = value ?? stepUpContext
    return wanted !== undefined && !acrs.has(wanted) && { acrs: [wanted] }
  })

/**
 * Only an agent (Microsoft Entra Agent ID) may call, with its own account or for a user.
 * @example allOf(ordersRead, actor('agent'))
 */
export const actor = (kind: 'agent'): Access =>
  access((caller) => !isAgent(caller) && { actors: [kind] })

/**
 * No agent may call: a person has to use the client. A token that may be an agent's counts as an agent's.
 * @example allOf(ordersWrite, notBy('agent'))
 */
export const notBy = (kind: 'agent'): Access =>
  access((caller) => mayBeAgent(caller) && { actors: [`no ${kind}`] })

/**
 * All of these are required.
 * @example allOf(ordersExport, appRole('Orders.Exporter', words), authContext('c1'))
 */
export function allOf(...parts: readonly Access[]): Access {
  return {
    ...union(parts),
    missing: (caller, settings) => {
      const lacks = parts.map((part) => part.missing(caller, settings))
      return {
        scopes: lacks.flatMap(({ scopes }) => scopes),
        roles: lacks.flatMap(({ roles }) => roles),
        acrs: lacks.flatMap(({ acrs }) => acrs),
        actors: lacks.flatMap(({ actors }) => actors),
      }
    },
  }
}

/**
 * One of these is enough. If none is met, the client is asked for what the first one lacks.
 * @example anyOf(ordersRead, ordersWrite)
 */
export function anyOf(first: Access, ...others: readonly Access[]): Access {
  const parts = [first, ...others]
  return {
    ...union(parts),
    missing: (caller, settings) =>
      parts.some((part) => isNothing(part.missing(caller, settings)))
        ? nothing
        : first.missing(caller, settings),
  }
}

const nothing: Missing = { scopes: [], roles: [], acrs: [], actors: [] }
const isNothing = ({ scopes, roles, acrs, actors }: Missing) =>
  scopes.length + roles.length + acrs.length + actors.length === 0

const union = (parts: readonly Access[]) => ({
  scopes: parts.flatMap(({ scopes }) => scopes),
  roles: parts.flatMap(({ roles }) => roles),
})

/** The short names of the tools' scopes, each once. `consent`: only those that the user or an administrator grants. */
export const scopeNames = (
  tools: readonly { access: Access }[],
  consent?: Scope['consent'],
): string[] => [
  ...new Set(
    tools
      .flatMap(({ access }) => access.scopes)
      .flatMap((scope) => (consent === undefined || scope.consent === consent ? scope.value : [])),
  ),
]
