/** RFC 6749 §4.1.3 with PKCE (RFC 7636): a code is redeemed once, by its client, at its redirect URI, within 10 minutes. */
import { createHash } from 'node:crypto'
import { Refusal } from '../errors.ts'
import type { AuthorizationCode, Tenant } from '../tenant.ts'
import { respondForUser, type TokenRequest, type TokenResponse } from '../token-response.ts'

/** @throws Refusal 70000, 54005, 70008, 500112, 50148 or 501481, beside those of every grant */
export async function authorizationCode(
  tenant: Tenant,
  request: TokenRequest,
): Promise<TokenResponse> {
  const { parameters, client } = request
  const code = tenant.codes.get(parameters.required('code'))
  if (!code || code.clientId !== client.app.clientId) throw new Refusal(70000)
  if (code.redeemed) throw new Refusal(54005)
  if (tenant.clock.seconds() >= code.expires) throw new Refusal(70008)
  if (parameters.required('redirect_uri') !== code.redirectUri) throw new Refusal(500112)
  checkVerifier(code, parameters.optional('code_verifier'))
  code.redeemed = true

  const { user, nonce, claims, session } = code
  const scope = parameters.optional('scope') ?? code.scope
  return respondForUser(tenant, request, { user, scope, nonce, claims, session })
}

function checkVerifier({ codeChallenge }: AuthorizationCode, verifier: string | undefined) {
  if (codeChallenge === undefined && verifier === undefined) return
  if (verifier === undefined) throw new Refusal(50148)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  if (challenge !== codeChallenge) throw new Refusal(501481)
}
