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
export type Missing = { scopes: readonly string[]; roles: readonly string[] }

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
      accepted.some((it) => scp.has(it)) ? nothing : { scopes: [value], roles: [] },
  }
}

export function role(value: string): Access {
  return {
    scopes: [],
    roles: [value],
    missing: ({ roles }) => (roles.has(value) ? nothing : { scopes: [], roles: [value] }),
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

const nothing: Missing = { scopes: [], roles: [] }
const isNothing = ({ scopes, roles }: Missing) => scopes.length === 0 && roles.length === 0

const union = (parts: readonly Access[]) => ({
  scopes: parts.flatMap(({ scopes }) => scopes),
  roles: parts.flatMap(({ roles }) => roles),
})
