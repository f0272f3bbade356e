/** Protected resource metadata (RFC 9728 §2, §3): tells a client where to sign in and which scopes to request. */
import type { Settings } from '../settings.ts'

/** RFC 9728 §3, without the leading slash. */
export const wellKnown = '.well-known/oauth-protected-resource'

/** The prefix of an endpoint's scopes at Entra: an identifier URI of this API. */
export const scopePrefix = (
  { appIdUri, publicBaseUrl }: Pick<Settings, 'appIdUri' | 'publicBaseUrl'>,
  endpoint: string,
): string => appIdUri ?? `${publicBaseUrl}/mcp/${endpoint}`

export type ProtectedResource = {
  /** URL of the document: the well-known part is between host and path (RFC 9728 §3.1). */
  metadataUrl: string
  /**
   * Turns a short scope into the one that clients request. Entra refuses (AADSTS9010010) a scope whose prefix is not the
   * identifier URI in the `resource` of the same request.
   */
  qualify: (scope: string) => string
  document: {
    /** The endpoint's URL. Clients send it as `resource` (RFC 8707), and Entra compares it as text. */
    resource: string
    resource_name: string
    authorization_servers: string[]
    scopes_supported: string[]
    bearer_methods_supported: ['header']
  }
}

/** The metadata of one endpoint. Requests nothing. */
export function protectedResource(options: {
  publicBaseUrl: string
  /** Of the endpoint, with leading slash. */
  path: string
  title: string
  /** The authorization server: Entra, or ours. */
  issuer: string
  /** The prefix of a short scope; undefined: clients request short ones. */
  scopePrefix: string | undefined
  /** Short; those that a sign-in should request. */
  scopes: readonly string[]
}): ProtectedResource {
  const { publicBaseUrl, path, title, issuer, scopePrefix, scopes } = options
  const resource = `${publicBaseUrl}${path}`
  const qualify = (scope: string) => (scopePrefix === undefined ? scope : `${scopePrefix}/${scope}`)
  return {
    metadataUrl: `${publicBaseUrl}/${wellKnown}${path}`,
    qualify,
    document: {
      resource,
      resource_name: title,
      authorization_servers: [issuer],
      scopes_supported: scopes.map(qualify),
      bearer_methods_supported: ['header'],
    },
  }
}
