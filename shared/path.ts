/** Where a downstream path may lead: nowhere but below the downstream's own base URL. */

/**
 * A path with its values encoded, each in its place: path`/subscriptions/${id}/resourceGroups/${name}`. Throws on
 * values that would move within the path however they are encoded.
 */
export function path(literals: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: literals }, ...values.map(encodeSegment))
}

function encodeSegment(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new Error('a path segment is empty or dots')
  return encodeURIComponent(value)
}

/**
 * Path and query below `baseUrl` of `target`: a path, or a link that the API itself gave. Throws when it leads
 * elsewhere, dots and all resolved.
 */
export function pathWithin(baseUrl: string, target: string): string {
  const { href, username, password } = new URL(target.startsWith('/') ? baseUrl + target : target)
  if (username || password || !href.startsWith(`${baseUrl}/`)) {
    throw new Error(`a path leads out of ${baseUrl}`)
  }
  return href.slice(baseUrl.length)
}
