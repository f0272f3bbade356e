/**
 * Conditional Access: what a user must prove for a resource, by policy or by an authentication context that the client
 * asks for, and the refusal of a session that has not. Asking the user is up to the endpoints.
 */
import type { AppRegistration, Requirement, User } from '../seed.ts'
import type { ClaimsRequest } from './claims-request.ts'
import type { DirectoryState } from './directory-state.ts'
import { type AadstsCode, Refusal } from './errors.ts'
import type { Session } from './tenant.ts'

/** A requirement, and the claim by which a client asks for a token that meets it. */
export type Demand = { require: Requirement; claim: 'capolids' | 'acrs'; id: string }

/**
 * A policy applies to its own resource, and wherever a client returns its id from a claims challenge.
 * @throws Refusal 9002313 for an unknown authentication context
 */
export function demandsOn(
  directory: DirectoryState,
  request: { user: User; resource: AppRegistration; claims: ClaimsRequest },
): Demand[] {
  const { user, resource, claims } = request
  const policies = directory
    .policiesFor(user.oid)
    .filter(
      (policy) => policy.resource === resource.clientId || claims.policies.includes(policy.id),
    )
  const contexts = claims.contexts.map((id) => {
    const context = directory.authenticationContext(id)
    if (!context) throw new Refusal(9002313)
    return context
  })
  return [
    ...policies.map(({ id, require }): Demand => ({ require, claim: 'capolids', id })),
    ...contexts.map(({ id, require }): Demand => ({ require, claim: 'acrs', id })),
  ]
}

/** Undefined when `session` meets all demands. Demands that a person cannot meet here come first. */
export function refusalOf(demands: Demand[], { mfa }: Pick<Session, 'mfa'>): Refusal | undefined {
  for (const { require, code } of strictestFirst) {
    const unmet = demands.filter((demand) => demand.require === require)
    if (unmet.length > 0 && !(require === 'mfa' && mfa)) {
      return new Refusal(code, {}, { claims: claimsFor(unmet) })
    }
  }
  return undefined
}

const strictestFirst: { require: Requirement; code: AadstsCode }[] = [
  { require: 'block', code: 53003 },
  { require: 'compliant_device', code: 53000 },
  { require: 'mfa', code: 50076 },
]

function claimsFor(demands: Demand[]): string {
  const ids = (claim: Demand['claim']) =>
    demands.filter((demand) => demand.claim === claim).map(({ id }) => id)
  const policies = ids('capolids')
  const [context] = ids('acrs')
  return JSON.stringify({
    access_token: {
      ...(policies.length > 0 ? { capolids: { essential: true, values: policies } } : {}),
      ...(context === undefined ? {} : { acrs: { essential: true, value: context } }),
    },
  })
}
