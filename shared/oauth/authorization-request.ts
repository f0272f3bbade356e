/** Parses and checks an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2). */
import { parseJson } from '../json.ts'
import { isRegistered } from '../redirect-uri.ts'
import * as z from '../zod.ts'
import type { OAuthClient } from './client.ts'
import { endpointOf, type OAuthEndpoint, type OAuthScope, scopesOf } from './endpoints.ts'
import { OAuthError } from './oauth-error.ts'
import { parameter } from './parameter.ts'
import type { Hints } from './sign-in.ts'

export type AuthorizationRequest = {
  redirectUri: string
  codeChallenge: string
  state: string | undefined
  endpoint: OAuthEndpoint
  scopes: readonly OAuthScope[]
  prompts: readonly string[]
  hints: Hints
}

/**
 * The redirect URI of the request, or the only one of the client if the request names none.
 * @throws an {@link OAuthError} `invalid_request` if the client has not registered it
 */
export function registeredRedirectUri(
  asked: string | undefined,
  { redirectUris }: OAuthClient,
): string {
  const [only, ...others] = redirectUris
  if (asked === undefined && only && others.length === 0) return only
  if (asked !== undefined && isRegistered(asked, redirectUris)) return asked
  throw new OAuthError('invalid_request', 'redirect_uri is not registered for this client')
}

const longestState = 512

/** The client's `state`, for the answer to an invalid request. */
export function stateOf(parameters: URLSearchParams): string | undefined {
  const [state = '', ...others] = parameters.getAll('state')
  return others.length > 0 || state.length > longestState ? undefined : state || undefined
}

const text = (longest: number) => z.string().max(longest, `may have ${longest} characters at most`)
const challengeRule = 'must be the SHA-256 of a code verifier (S256)'
const hint = text(256)
/** Passed on unchanged: Entra validates it. */
const claimsParameter = text(2_000).refine(
  (json) => z.looseObject({}).safeParse(parseJson(json)).success,
  'must be a JSON object',
)

const words = <Word extends string>(among: readonly Word[]) =>
  z
    .string()
    .transform((text) => text.split(' ').filter(Boolean))
    .pipe(z.array(z.enum(among, `may contain only ${among.join(', ')}`)))

const parameterSchema = z.object({
  response_type: z.literal('code', { error: 'must be code' }),
  response_mode: z.literal('query', { error: 'must be query' }).optional(),
  code_challenge: z.string(challengeRule).regex(/^[\w-]{43}$/, challengeRule),
  code_challenge_method: z.literal('S256', { error: 'must be S256' }),
  state: text(longestState).optional(),
  scope: text(4_000).optional(),
  resource: text(1_000).optional(),
  /** OpenID Connect Core §3.1.2.1. */
  prompt: words(['none', 'login', 'consent', 'select_account'])
    .refine(
      (prompts) => !prompts.includes('none') || prompts.length === 1,
      'cannot combine none with another value',
    )
    .optional(),
  login_hint: hint.optional(),
  domain_hint: hint.optional(),
  claims: claimsParameter.optional(),
})
const names = Object.keys(parameterSchema.shape)

/** @throws an {@link OAuthError} to send back to the client */
export function parseAuthorizationRequest(
  parameters: URLSearchParams,
  { redirectUri, endpoints }: { redirectUri: string; endpoints: readonly OAuthEndpoint[] },
): AuthorizationRequest {
  const given = Object.fromEntries(names.map((name) => [name, parameter(parameters, name)]))
  const parsed = parameterSchema.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const name = issue?.path.slice(0, 1).join()
    const code = name === 'response_type' ? 'unsupported_response_type' : 'invalid_request'
    throw new OAuthError(code, `${name} ${issue?.message}`)
  }
  const {
    code_challenge: codeChallenge,
    state,
    scope,
    resource,
    prompt: prompts = [],
  } = parsed.data
  const { login_hint, domain_hint, claims } = parsed.data
  const endpoint = endpointOf(resource, endpoints)
  const scopes = scopesOf(scope, endpoint)
  const hints: Hints = { login_hint, domain_hint, claims }
  return { redirectUri, codeChallenge, state, endpoint, scopes, prompts, hints }
}
