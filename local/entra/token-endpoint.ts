/** The token endpoint (RFC 6749 §3.2): authenticates the client, and hands over to the grant in grants/. */
import { authenticateClient } from './client-authentication.ts'
import { Refusal } from './errors.ts'
import { authorizationCode } from './grants/authorization-code.ts'
import { clientCredentials } from './grants/client-credentials.ts'
import { onBehalfOf } from './grants/on-behalf-of.ts'
import { refreshToken } from './grants/refresh-token.ts'
import type { Parameters } from './parameters.ts'
import type { Tenant } from './tenant.ts'
import type { TokenRequest, TokenResponse } from './token-response.ts'

type Grant = (tenant: Tenant, request: TokenRequest) => Promise<TokenResponse>

/** By `grant_type`: its name in the request log, and its implementation. */
const grants = new Map<string, { kind: string; grant: Grant }>([
  ['authorization_code', { kind: 'authorization_code', grant: authorizationCode }],
  ['refresh_token', { kind: 'refresh_token', grant: refreshToken }],
  ['client_credentials', { kind: 'client_credentials', grant: clientCredentials }],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', { kind: 'on_behalf_of', grant: onBehalfOf }],
])

/** The grant's name in the request log; `token` for an unknown one. */
export function grantKind(parameters: Parameters): string {
  return grants.get(parameters.optional('grant_type') ?? '')?.kind ?? 'token'
}

/** @throws Refusal 70003 for an unknown grant type, those of client authentication and of the grant */
export async function answerTokenRequest(
  tenant: Tenant,
  request: Omit<TokenRequest, 'client'> & { authorization: string | undefined },
): Promise<Response> {
  const { parameters, authorization, identified } = request
  const grantType = parameters.required('grant_type')
  const grant = grants.get(grantType)?.grant
  if (!grant) throw new Refusal(70003, { grantType })
  const client = await authenticateClient(tenant, parameters, authorization)
  return Response.json(await grant(tenant, { parameters, client, identified }), {
    headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
  })
}
