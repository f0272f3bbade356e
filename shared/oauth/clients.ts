/**
 * Resolves a client id to a client. A registered id (RFC 7591) is the sealed registration itself, a URL is fetched
 * (client id metadata document), and a configured client comes from a setting. Nothing is stored for any of them.
 */
import { longestClientId, type OAuthClient } from './client.ts'
import type { ClientDocuments } from './client-document.ts'
import { OAuthError } from './oauth-error.ts'
import type { Registrations } from './registration.ts'

/** @throws an {@link OAuthError}: `invalid_client`, or `temporarily_unavailable` if a document cannot be fetched */
export type ResolveClient = (clientId: string) => Promise<OAuthClient>

/** `configured`: from the setting OAUTH_CLIENTS. */
export function oauthClients(options: {
  configured: readonly { id: string; name: string; redirectUris: readonly string[] }[]
  registrations: Registrations
  documents: ClientDocuments
}): ResolveClient {
  const { registrations, documents } = options
  const configured = new Map(options.configured.map((client) => [client.id, client]))

  return async (clientId) => {
    if (clientId.length > longestClientId) throw unknownClient()
    const known = configured.get(clientId)
    if (known) return { ...known, origin: { kind: 'configured' } }
    if (/^https:\/\//i.test(clientId)) return documents(clientId)
    const registered = registrations.open(clientId)
    if (!registered) throw unknownClient()
    const { name, redirectUris } = registered
    return { id: clientId, name, redirectUris, origin: { kind: 'registered' } }
  }
}

const unknownClient = () =>
  new OAuthError('invalid_client', 'This client id is not known here: register again')
