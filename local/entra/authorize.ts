/**
 * The authorization endpoint as a function: takes the request and the person's answers, and returns the next step.
 * `login_hint` alone signs a person in: there are no passwords, and each request is its own session. Pages and HTTP are
 * in authorize-routes.ts.
 */
import type { AppRegistration, User } from '../seed.ts'
import { parseAuthorizationRequest } from './authorization-request.ts'
import { demandsOn, refusalOf } from './conditional-access.ts'
import { type Consent, consentNeeded } from './consent.ts'
import { Refusal } from './errors.ts'
import type { Parameters } from './parameters.ts'
import type { ReturnAddress } from './return-address.ts'
import { resolveScopes } from './scopes.ts'
import { opaque, type Tenant } from './tenant.ts'

/** Seconds. */
const codeLifetime = 10 * 60

/** The person's answers on the pages shown so far. */
type Answers = {
  mfa?: 'approve' | 'deny' | undefined
  decision?: 'accept' | 'decline' | undefined
}

export type Outcome =
  | { next: 'pick-user'; users: User[] }
  | { next: 'approve'; user: User }
  | { next: 'consent'; user: User; resource: AppRegistration; consent: Consent }
  | { next: 'return'; user: User; code: string }

/**
 * The next page to show, or the code to return.
 * @throws Refusal for a request that cannot continue, or that the person declined
 */
export function authorize(
  tenant: Tenant,
  given: { parameters: Parameters; address: ReturnAddress; answers: Answers },
): Outcome {
  const { parameters, address, answers } = given
  const { client, redirectUri } = address
  const { directory, clock } = tenant
  const request = parseAuthorizationRequest(parameters, client)
  const { prompt, scope, claimsRequest, codeChallenge, nonce, claims } = request
  const asked = resolveScopes({ directory, client, scope, resource: request.resource })
  const { resource } = asked

  const user = signedInUser(tenant, request.loginHint)
  if (!user) {
    if (prompt === 'none') throw new Refusal(50058)
    return { next: 'pick-user', users: directory.users() }
  }

  if (answers.mfa === 'deny') throw new Refusal(500121)
  const mfa = answers.mfa === 'approve'
  const refusal = refusalOf(demandsOn(directory, { user, resource, claims: claimsRequest }), {
    mfa,
  })
  if (refusal?.code === 50076 && prompt !== 'none') return { next: 'approve', user }
  if (refusal) throw refusal

  const consent = consentNeeded({ directory, client, user, asked })
  const missing = consent.missing.length > 0
  const asks = missing || prompt === 'consent'
  // Entra refuses prompt=consent of users who may not consent, even when every scope is granted.
  if (consent.missing.some(({ adminOnly }) => adminOnly) || (asks && !directory.mayConsent(user))) {
    throw new Refusal(90094, { name: client.name })
  }
  if (answers.decision === 'decline') throw new Refusal(65004)
  if (asks) {
    if (prompt === 'none') {
      throw new Refusal(65001, { client: client.clientId, name: client.name })
    }
    if (answers.decision === undefined) return { next: 'consent', user, resource, consent }
    if (missing) {
      directory.addToGrant({
        client: client.clientId,
        resource: resource.clientId,
        scopes: consent.missing.map(({ value }) => value),
        user: user.oid,
      })
    }
  }

  const code = `1.${opaque(48)}`
  const now = clock.seconds()
  tenant.codes.set(code, {
    clientId: client.clientId,
    user: user.oid,
    redirectUri,
    codeChallenge,
    scope,
    nonce,
    claims,
    session: { began: now, mfa, contexts: claimsRequest.contexts },
    expires: now + codeLifetime,
    redeemed: false,
  })
  return { next: 'return', user, code }
}

function signedInUser({ directory, tenantId }: Tenant, hint: string | undefined): User | undefined {
  if (hint === undefined) return undefined
  const user = directory.user(hint)
  if (!user) throw new Refusal(50034, { user: hint, tenant: tenantId })
  if (!user.enabled) throw new Refusal(50057)
  return user
}
