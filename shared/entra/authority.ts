/** The URLs of a tenant's Entra endpoints, in the public and the national clouds. */

export type Authority = {
  tenantId: string
  /** Issuer of v2 tokens and of the metadata document that clients read (RFC 8414). */
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
  adminConsentEndpoint: string
  discovery: string
}

/** `authorityHost`: an origin without trailing slash, such as `https://login.microsoftonline.com`. */
export function tenantAuthority(authorityHost: string, tenantId: string): Authority {
  const tenant = `${authorityHost}/${tenantId}`
  return {
    tenantId,
    issuer: `${tenant}/v2.0`,
    authorizationEndpoint: `${tenant}/oauth2/v2.0/authorize`,
    tokenEndpoint: `${tenant}/oauth2/v2.0/token`,
    adminConsentEndpoint: `${tenant}/v2.0/adminconsent`,
    discovery: `${tenant}/v2.0/.well-known/openid-configuration`,
  }
}
