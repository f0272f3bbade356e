/** RFC 6749 §6, as lenient as Entra: a new token each time, and the old one lives on until its 90 days are over. */
import { Refusal } from '../errors.ts'
import type { Tenant } from '../tenant.ts'
import { respondForUser, type TokenRequest, type TokenResponse } from '../token-response.ts'

export async function refreshToken(tenant: Tenant, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client } = request
  const token = tenant.refreshTokens.get(parameters.required('refresh_token'))
  if (!token || token.clientId !== client.app.clientId) throw new Refusal(70000)
  if (tenant.clock.seconds() >= token.expires) {
    throw new Refusal(700082, { issued: new Date(token.issued * 1000).toISOString() })
  }
  const { user, session } = token
  const scope = parameters.optional('scope') ?? token.scope
  return respondForUser(tenant, request, { user, scope, session, refreshable: true })
}
