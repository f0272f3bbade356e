/** Authorization server metadata (RFC 8414 §2), and the same as OpenID Connect Discovery spells it. */
import type { OAuthEndpoint } from './endpoints.ts'

/** The document. It lists the scopes that users may consent to. */
export function serverMetadata(options: {
  /** Our origin without a trailing slash: clients compare it as text. */
  issuer: string
  endpoints: readonly OAuthEndpoint[]
}): Record<string, unknown> {
  const { issuer, endpoints } = options
  const scopes = endpoints.flatMap(({ userScopes }) => userScopes.map(({ value }) => value))
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    registration_endpoint: `${issuer}/oauth/register`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    // Without offline_access: clients that see it add prompt=consent. Refresh tokens are always issued.
    scopes_supported: [...new Set(scopes)],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
  }
}
