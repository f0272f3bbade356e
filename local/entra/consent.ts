/**
 * Consent: which of the requested scopes a client already holds for a user, and which are still to be granted.
 * authorize.ts asks the person.
 */
import type { AppRegistration, Scope, User } from '../seed.ts'
import type { DirectoryState } from './directory-state.ts'
import { Refusal } from './errors.ts'
import { type AskedScopes, isOidcScope } from './scopes.ts'

type Question = {
  directory: DirectoryState
  client: AppRegistration
  user: User
  asked: AskedScopes
}

/**
 * The short scope names to put into a token.
 * @throws Refusal 65001 when one was not consented to
 */
export function grantedScopes({ directory, client, user, asked }: Question): string[] {
  const { names } = asked
  const granted = held({ directory, client, user, asked })
  const wanted = names === '.default' ? granted : names
  const missing = wanted.some((name) => !isOidcScope(name) && !granted.includes(name))
  if (missing || wanted.length === 0) {
    throw new Refusal(65001, { client: client.clientId, name: client.name })
  }
  return wanted
}

export type Consent = { asked: Scope[]; missing: Scope[] }

/**
 * The scopes to show on the consent page. `.default` means the granted scopes or, when there are none, those that the
 * client's registration requires and a user may consent to.
 */
export function consentNeeded({ directory, client, user, asked }: Question): Consent {
  const { resource, names } = asked
  const granted = held({ directory, client, user, asked })
  const required = client.requires
    .filter((each) => each.resource === resource.clientId)
    .flatMap(({ scopes }) => scopes)
  const wanted = resource.scopes.filter(({ value, adminOnly }) => {
    if (isOidcScope(value)) return false
    if (names !== '.default') return names.includes(value)
    return granted.length > 0 ? granted.includes(value) : required.includes(value) && !adminOnly
  })
  return { asked: wanted, missing: wanted.filter(({ value }) => !granted.includes(value)) }
}

function held({ directory, client, user, asked }: Question): string[] {
  return directory.grantedScopes({
    client: client.clientId,
    resource: asked.resource.clientId,
    user: user.oid,
  })
}
