/** RFC 6749 §6, as Entra does it: each refresh returns a new token, and the old one stays valid for its 90 days. */
import { isoTime } from '../clock.ts'
import { Refusal } from '../errors.ts'
import type { Tenant } from '../tenant.ts'
import { respondForUser, type TokenRequest, type TokenResponse } from '../token-response.ts'

/** @throws Refusal 70000 for an unknown token, 700082 for an expired one */
export async function refreshToken(tenant: Tenant, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client } = request
  const token = tenant.refreshTokens.get(parameters.required('refresh_token'))
  if (!token || token.clientId !== client.app.clientId) throw new Refusal(70000)
  if (tenant.clock.seconds() >= token.expires) {
    throw new Refusal(700082, { issued: isoTime(token.issued) })
  }
  const { user, session } = token
  const scope = parameters.optional('scope') ?? token.scope
  return respondForUser(tenant, request, { user, scope, session, refreshable: true })
}
