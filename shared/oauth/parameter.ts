import { OAuthError } from './oauth-error.ts'

/** Throws for a parameter that comes twice (RFC 6749 §3.1). */
export function parameter(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = parameters.getAll(name)
  if (others.length > 0) throw new OAuthError('invalid_request', `${name} must come once`)
  return value || undefined
}
