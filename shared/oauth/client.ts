/** A client of the authorization server, whichever way it came to be. */

export type OAuthClient = {
  id: string
  /** As it calls itself: shown, never believed. */
  name: string
  redirectUris: readonly string[]
  /** Who vouches for the name: its host, this server's operator, or only the client itself. */
  origin: { kind: 'document'; host: string } | { kind: 'configured' } | { kind: 'registered' }
}

/** Ids of 900 characters work in every client that was tried. */
export const longestClientId = 1_000
