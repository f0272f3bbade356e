/**
 * What a tool demands of its caller. A scope bounds what the client may do for the user, and a consent can add it; an
 * app role bounds the user, and only an administrator assigns it. How each lack is answered is endpoint.ts's.
 */
import type { Caller } from '../entra/caller.ts'

export type Access = {
  /** Every scope it may ask for, short as in `scp`, with who may consent to it. */
  scopes: readonly Scope[]
  roles: readonly string[]
  missing: (caller: Caller) => Missing
}

export type Scope = { value: string; consent: 'user' | 'administrator' }
export type Missing = {
  scopes: readonly string[]
  roles: readonly string[]
  /** Authentication contexts, by their ids in the tenant. */
  acrs: readonly string[]
}

/** `alsoAccepts`: legacy spellings that are taken but not advertised. */
export function scope(
  value: string,
  options: { consent?: Scope['consent']; alsoAccepts?: readonly string[] } = {},
): Access {
  const accepted = [value, ...(options.alsoAccepts ?? [])]
  return {
    scopes: [{ value, consent: options.consent ?? 'user' }],
    roles: [],
    missing: ({ scp }) =>
      accepted.some((it) => scp.has(it)) ? nothing : { ...nothing, scopes: [value] },
  }
}

export function role(value: string): Access {
  return {
    scopes: [],
    roles: [value],
    missing: ({ roles }) => (roles.has(value) ? nothing : { ...nothing, roles: [value] }),
  }
}

/** A step-up at sign-in: `c1` … `c99`, as the tenant's Conditional Access defines it. */
export function authContext(value: string): Access {
  return {
    scopes: [],
    roles: [],
    missing: ({ acrs }) => (acrs.has(value) ? nothing : { ...nothing, acrs: [value] }),
  }
}

export function allOf(...parts: readonly Access[]): Access {
  return {
    ...union(parts),
    missing: (caller) => {
      const lacks = parts.map((part) => part.missing(caller))
      return {
        scopes: lacks.flatMap(({ scopes }) => scopes),
        roles: lacks.flatMap(({ roles }) => roles),
        acrs: lacks.flatMap(({ acrs }) => acrs),
      }
    },
  }
}

/** What the first alternative lacks when none is met: the one to ask for. */
export function anyOf(first: Access, ...others: readonly Access[]): Access {
  const parts = [first, ...others]
  return {
    ...union(parts),
    missing: (caller) =>
      parts.some((part) => isNothing(part.missing(caller))) ? nothing : first.missing(caller),
  }
}

const nothing: Missing = { scopes: [], roles: [], acrs: [] }
const isNothing = ({ scopes, roles, acrs }: Missing) =>
  scopes.length + roles.length + acrs.length === 0

const union = (parts: readonly Access[]) => ({
  scopes: parts.flatMap(({ scopes }) => scopes),
  roles: parts.flatMap(({ roles }) => roles),
})
