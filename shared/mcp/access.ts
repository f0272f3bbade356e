/**
 * What a tool demands of its caller. A scope bounds what the client may do for the user, and a consent can add it; an
 * app role bounds the user, and only an administrator assigns it. How each lack is answered is endpoint.ts's.
 */
import { hash } from 'node:crypto'
import { type Actor, isActor, mayBeActor } from '../entra/actor.ts'
import type { Caller } from '../entra/caller.ts'
import type { Settings } from '../settings.ts'

export type Access = {
  /** Every scope and role it may ask for. */
  scopes: readonly Scope[]
  roles: readonly AppRole[]
  missing: (caller: Caller, settings: TenantSettings) => Missing
}

type TenantSettings = Pick<Settings, 'stepUpContext'>

/** What an app registration says of a scope or role. */
type Permission = {
  /** GUID, the same in every deployment. */
  id: string
  /** Short, as it stands in `scp` or `roles`. */
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
  /** Who has to act for the user, or must not. */
  actors: readonly ActorRule[]
}

export type ActorRule = 'agent' | 'no agent'

type Words = Pick<Permission, 'title' | 'description'> & {
  /** Of a permission that was published under another id than the derived one. */
  id?: string
}
/** `alsoAccepts`: legacy spellings that are accepted but not advertised. */
type ScopeWords = Words & { alsoAccepts?: readonly string[] }

/**
 * A scope that users may consent to themselves; clients ask for it at sign-in.
 * @example userScope('orders.read', { title: 'Read orders', description: 'Reads orders, as you.' })
 */
export const userScope = (value: string, words: ScopeWords): Access => scope(value, 'user', words)

/**
 * A scope that only an administrator can consent to. Clients ask for it when a tool needs it, not at sign-in.
 * @example adminScope('orders.export', { title: 'Export orders', description: 'Exports orders, as you.' })
 */
export const adminScope = (value: string, words: ScopeWords): Access =>
  scope(value, 'administrator', words)

/**
 * An app role, which an administrator assigns to users. Combine it with a scope: allOf(exportScope, exporter).
 * @example appRole('Orders.Exporter', { title: 'Orders exporter', description: 'May export orders.' })
 */
export function appRole(value: string, words: Words): Access {
  return {
    scopes: [],
    roles: [permission('role', value, words)],
    missing: ({ roles }) => (roles.has(value) ? nothing : { ...nothing, roles: [value] }),
  }
}

function scope(value: string, consent: Scope['consent'], words: ScopeWords): Access {
  const accepted = [value, ...(words.alsoAccepts ?? [])]
  return {
    scopes: [{ ...permission('scope', value, words), consent }],
    roles: [],
    missing: ({ scp }) =>
      accepted.some((it) => scp.has(it)) ? nothing : { ...nothing, scopes: [value] },
  }
}

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
 * A step-up at sign-in.
 * @param value `c1` … `c99`, as the tenant's Conditional Access defines it; none: the one that the app setting
 *   STEP_UP_AUTH_CONTEXT names, and no step-up in a tenant that names none
 */
export function authContext(value?: string): Access {
  return {
    scopes: [],
    roles: [],
    missing({ acrs }, { stepUpContext }) {
      const context = value ?? stepUpContext
      return context === undefined || acrs.has(context) ? nothing : { ...nothing, acrs: [context] }
    },
  }
}

/**
 * Only an agent (Microsoft Entra Agent ID) may act here, by its own account or for a user.
 * @example allOf(ordersRead, actor('agent'))
 */
export const actor = (kind: Actor): Access => acting(kind, (caller) => isActor(kind, caller))

/** No agent may act here: a person has to be at the client. What may be an agent's token is taken for one. */
export const notBy = (kind: Actor): Access =>
  acting(`no ${kind}`, (caller) => !mayBeActor(kind, caller))

const acting = (rule: ActorRule, isMet: (caller: Caller) => boolean): Access => ({
  scopes: [],
  roles: [],
  missing: (caller) => (isMet(caller) ? nothing : { ...nothing, actors: [rule] }),
})

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

/** What the first alternative lacks when none is met: the one to ask for. */
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
