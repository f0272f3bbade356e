import { OAuthError } from './oauth-error.ts'

/**
 * A parameter's value; an empty one counts as absent (RFC 6749 §3.1).
 * @throws an {@link OAuthError} `invalid_request` for a repeated parameter
 */
export function parameter(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = parameters.getAll(name)
  if (others.length > 0) throw new OAuthError('invalid_request', `${name} must not be repeated`)
  return value || undefined
}
