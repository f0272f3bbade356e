/** Protected resource metadata (RFC 9728 §2, §3): how a client finds out where to sign in and what to ask for. */

import type { Settings } from '../settings.ts'

export const wellKnown = '.well-known/oauth-protected-resource'

/** What Entra knows an endpoint's scopes by: an identifier URI of this API. */
export const scopePrefix = (
  { appIdUri, publicBaseUrl }: Pick<Settings, 'appIdUri' | 'publicBaseUrl'>,
  endpoint: string,
): string => appIdUri ?? `${publicBaseUrl}/mcp/${endpoint}`

export type ProtectedResource = {
  /** Where the document is: the well-known part goes between host and path (RFC 9728 §3.1). */
  metadataUrl: string
  /**
   * A short scope as clients ask for it. Entra refuses (AADSTS9010010) one whose prefix is another identifier URI
   * than the `resource` beside it.
   */
  qualify: (scope: string) => string
  document: {
    /** The endpoint's URL, to the letter what clients send as `resource` (RFC 8707) and Entra compares. */
    resource: string
    resource_name: string
    authorization_servers: string[]
    scopes_supported: string[]
    bearer_methods_supported: ['header']
  }
}

export function protectedResource(options: {
  publicBaseUrl: string
  /** Of the endpoint, with leading slash. */
  path: string
  title: string
  /** Who signs people in. */
  issuer: string
  /** What stands before a short scope; none: clients ask for short ones. */
  scopePrefix: string | undefined
  /** Short ones, to be asked for at sign-in. */
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
