/** The public documents: discovery (OpenID Connect Discovery §3, as Entra fills it), keys, and cloud discovery. */
import type { Tenant } from './tenant.ts'

/** Without `code_challenge_methods_supported`, like Entra's, although S256 works. */
export function openidConfiguration(tenant: Tenant) {
  const { origin, tenantId, issuer, tokenEndpoint, directory } = tenant
  // A preview (https://learn.microsoft.com/entra/agent-id/client-id-metadata-documents), whose discovery document was not
  // captured: clients look for these two members before they use a document's URL as client id.
  const takesDocuments = directory.takesDocuments()
  return {
    ...(takesDocuments && { client_id_metadata_document_supported: true }),
    token_endpoint: tokenEndpoint,
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'private_key_jwt',
      'client_secret_basic',
      ...(takesDocuments ? ['none'] : []),
    ],
    jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
    response_modes_supported: ['query'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'nonce',
      'preferred_username',
      'name',
      'tid',
      'ver',
      'email',
    ],
  }
}

/** JWK Set (RFC 7517 §5); Entra adds `issuer` to each key. */
export function keySet({ keys, issuer }: Tenant) {
  return { keys: keys.published().map(({ jwk }) => ({ ...jwk, issuer })) }
}

/** Tells MSAL which hosts belong to the same cloud. */
export function instanceDiscovery({ origin, issuer }: Tenant) {
  const { host } = new URL(origin)
  return {
    tenant_discovery_endpoint: `${issuer}/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  }
}
