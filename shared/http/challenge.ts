/** The bearer challenge (RFC 6750 §3, RFC 9728 §5.1): the header that tells a client what to sign in for. */

export type Challenge = {
  /** None when no token came (RFC 6750 §3.1). */
  error?: string
  error_description?: string
  /** Fully qualified, space-separated: what a client should ask for. */
  scope?: string
  /** Entra's JSON, in base64 (RFC 4648 §4). */
  claims?: string
  /** URL of the protected resource metadata. */
  resource_metadata: string
}

/** The value of `WWW-Authenticate`. */
export const bearerChallenge = (challenge: Challenge): string =>
  `Bearer ${authParameters(challenge)}`

/**
 * RFC 9110 §11.2. Our sentences have typographic apostrophes; what else RFC 6750 §3 does not allow between the quotes
 * becomes a question mark.
 */
const authParameters = (parameters: Challenge) =>
  Object.entries(parameters)
    .flatMap(([name, value]) =>
      value
        ? [`${name}="${value.replaceAll('’', "'").replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, '?')}"`]
        : [],
    )
    .join(', ')
