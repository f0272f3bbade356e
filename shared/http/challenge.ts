/** Writes the bearer challenge (RFC 6750 §3, RFC 9728 §5.1), which tells a client how to get a token. */

export type Challenge = {
  /** Absent if the request had no token (RFC 6750 §3.1). */
  error?: string
  error_description?: string
  /** The scopes to request, fully qualified and space-separated. */
  scope?: string
  /** Entra's JSON, in base64 (RFC 4648 §4). */
  claims?: string
  /** URL of the protected resource metadata. */
  resource_metadata: string
}

/** The value of `WWW-Authenticate` (RFC 9110 §11.2). Empty parameters are left out. */
export const bearerChallenge = (challenge: Challenge): string =>
  `Bearer ${Object.entries(challenge)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}="${quotable(value)}"`)
    .join(', ')}`

/** Our sentences have typographic apostrophes. Other characters that RFC 6750 §3 does not allow become `?`. */
const quotable = (text: string) =>
  text.replaceAll('’', "'").replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '?')
