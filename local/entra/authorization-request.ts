/** Parses the authorization request (RFC 6749 §4.1.1, with PKCE). */
import type { AppRegistration } from '../seed.ts'
import { type ClaimsRequest, parseClaimsRequest } from './claims-request.ts'
import { Refusal } from './errors.ts'
import type { Parameters } from './parameters.ts'

export type AuthorizationRequest = {
  codeChallenge: string | undefined
  /** As sent; applies to the token request, too. */
  claims: string | undefined
  claimsRequest: ClaimsRequest
  prompt: string | undefined
  scope: string
  /** RFC 8707 */
  resource: string | undefined
  nonce: string | undefined
  loginHint: string | undefined
}

/** @throws Refusal for a missing or unsupported parameter */
export function parseAuthorizationRequest(
  parameters: Parameters,
  client: AppRegistration,
): AuthorizationRequest {
  const { optional, required } = parameters
  checkResponse(parameters)
  const codeChallenge = parseCodeChallenge(parameters, client)
  const claims = optional('claims')
  return {
    codeChallenge,
    claims,
    claimsRequest: parseClaimsRequest(claims),
    prompt: parsePrompt(parameters),
    scope: required('scope'),
    resource: optional('resource'),
    nonce: optional('nonce'),
    loginHint: optional('login_hint'),
  }
}

/** The emulator supports only a code in the query. */
function checkResponse(parameters: Parameters) {
  const responseType = parameters.required('response_type')
  if (responseType !== 'code') throw new Refusal(700051, { responseType })
  const mode = parameters.optional('response_mode') ?? 'query'
  if (mode !== 'query') throw new Refusal(70007, { mode })
}

/** RFC 7636 §4.3: S256 only; required of public clients. */
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
