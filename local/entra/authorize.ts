/**
 * The authorization endpoint as a function: request and decision in, what happens next out. A person is known by
 * `login_hint` alone: there are no passwords here. Pages and HTTP are for authorize-routes.ts.
 */
import type { AppRegistration, User } from '../seed.ts'
import { parseClaims } from './access-token.ts'
import { type Consent, consentNeeded } from './consent.ts'
import { Refusal } from './errors.ts'
import type { Parameters } from './parameters.ts'
import { isRegistered } from './redirect-uri.ts'
import { type AskedScopes, resolveScopes } from './scopes.ts'
import { opaque, type Tenant } from './tenant.ts'

/** Seconds. */
const codeLifetime = 10 * 60

/** A client and a redirect URI that may be answered: from here on errors go back by redirect. */
export type ReturnAddress = { client: AppRegistration; redirectUri: string }

export type Outcome =
  | { next: 'pick-user'; users: User[] }
  | { next: 'consent'; user: User; resource: AppRegistration; consent: Consent }
  | { next: 'return'; user: User; code: string }

export function returnAddress(
  { directory, tenantId }: Tenant,
  parameters: Parameters,
): ReturnAddress {
  const clientId = parameters.required('client_id')
  const client = directory.app(clientId)
  if (!client) throw new Refusal(700016, { client: clientId, tenant: tenantId })
  const redirectUri = parameters.optional('redirect_uri')
  if (redirectUri === undefined) throw new Refusal(900971)
  if (!isRegistered(redirectUri, client.redirectUris)) {
    throw new Refusal(50011, { redirectUri, client: clientId })
  }
  return { client, redirectUri }
}

export function authorize(
  tenant: Tenant,
  request: {
    parameters: Parameters
    address: ReturnAddress
    /** What the person answered on the consent page, if it was shown. */
    decision: 'accept' | 'decline' | undefined
  },
): Outcome {
  const { parameters, address, decision } = request
  const { client } = address
  const { directory } = tenant

  checkResponse(parameters)
  const codeChallenge = parseCodeChallenge(parameters, client)
  const claims = parameters.optional('claims')
  if (claims !== undefined) parseClaims(claims)
  const prompt = parsePrompt(parameters)
  const scope = parameters.required('scope')
  const resource = parameters.optional('resource')
  const asked = resolveScopes({ directory, client, scope, resource })

  const user = signedInUser(tenant, parameters)
  if (!user) {
    if (prompt === 'none') throw new Refusal(50058)
    return { next: 'pick-user', users: directory.users() }
  }

  const consent = consentNeeded({ directory, client, user, asked })
  if (consent.missing.some(({ adminOnly }) => adminOnly)) {
    throw new Refusal(90094, { name: client.name })
  }
  if (decision === 'decline') throw new Refusal(65004)
  if (consent.missing.length > 0 || prompt === 'consent') {
    if (prompt === 'none') {
      throw new Refusal(65001, { client: client.clientId, name: client.name })
    }
    if (decision === undefined) {
      return { next: 'consent', user, resource: asked.resource, consent }
    }
    rememberConsent(tenant, { client, user, asked, consent })
  }

  const code = `1.${opaque(48)}`
  tenant.codes.set(code, {
    clientId: client.clientId,
    user: user.oid,
    redirectUri: address.redirectUri,
    codeChallenge,
    scope,
    nonce: parameters.optional('nonce'),
    claims,
    expires: tenant.clock.seconds() + codeLifetime,
    redeemed: false,
  })
  return { next: 'return', user, code }
}

/** This endpoint answers with a code in the query, and in no other way. */
function checkResponse(parameters: Parameters) {
  const responseType = parameters.required('response_type')
  if (responseType !== 'code') throw new Refusal(700051, { responseType })
  const mode = parameters.optional('response_mode') ?? 'query'
  if (mode !== 'query') throw new Refusal(70007, { mode })
}

/** RFC 7636 §4.3: S256 only; public clients cannot go without. */
function parseCodeChallenge(parameters: Parameters, client: AppRegistration): string | undefined {
  const challenge = parameters.optional('code_challenge')
  if (challenge === undefined) {
    if (client.publicClient) throw new Refusal(9002325)
    return undefined
  }
  if (parameters.optional('code_challenge_method') !== 'S256') throw new Refusal(50149)
  if (!/^[\w-]{43}$/.test(challenge)) throw new Refusal(501491)
  return challenge
}

function parsePrompt(parameters: Parameters): string | undefined {
  const prompt = parameters.optional('prompt')
  if (prompt === undefined) return undefined
  if (!['none', 'login', 'consent', 'select_account'].includes(prompt)) throw new Refusal(90023)
  return prompt
}

function signedInUser({ directory, tenantId }: Tenant, parameters: Parameters): User | undefined {
  const hint = parameters.optional('login_hint')
  if (hint === undefined) return undefined
  const user = directory.user(hint)
  if (!user) throw new Refusal(50034, { user: hint, tenant: tenantId })
  if (!user.enabled) throw new Refusal(50057)
  return user
}

function rememberConsent(
  { directory }: Tenant,
  given: { client: AppRegistration; user: User; asked: AskedScopes; consent: Consent },
) {
  const { client, user, asked, consent } = given
  if (consent.missing.length === 0) return
  const key = {
    client: client.clientId,
    resource: asked.resource.clientId,
    user: user.oid,
  }
  const added = consent.missing.map(({ value }) => value)
  directory.putGrant({ ...key, scopes: [...directory.personalScopes(key), ...added] })
}
