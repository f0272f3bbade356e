/** A client of the authorization server, from any source. */

export type OAuthClient = {
  id: string
  /** Chosen by the client: shown, never trusted. */
  name: string
  redirectUris: readonly string[]
  /** Who vouches for the name: its host, this server's operator, or only the client itself. */
  origin: { kind: 'document'; host: string } | { kind: 'configured' } | { kind: 'registered' }
}

/** Ids of 900 characters work in every client that was tried. */
export const longestClientId = 1_000
