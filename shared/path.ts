/** Builds downstream paths, and keeps every path below the base URL of its API. */

/**
 * A path with encoded values: path`/subscriptions/${id}/resourceGroups/${name}`. @throws Error for an empty value or
 * dots, which change the path even when encoded
 */
export function path(literals: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: literals }, ...values.map(encodeSegment))
}

function encodeSegment(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new Error('a path segment is empty or dots')
  return encodeURIComponent(value)
}

/**
 * Path and query of `target` (a path, or a link from the API), relative to `baseUrl`. @throws Error if `target`, with
 * dots resolved, is outside `baseUrl`
 */
export function pathWithin(baseUrl: string, target: string): string {
  const url = new URL(target.startsWith('/') ? baseUrl + target : target)
  if (url.username || url.password || !url.href.startsWith(`${baseUrl}/`)) {
    throw new Error(`a path leads out of ${baseUrl}`)
  }
  url.hash = ''
  return url.href.slice(baseUrl.length)
}

/** Query parameters. `undefined` values are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * Adds `query` to the path's own parameters, with names and values encoded. A space becomes %20, not +, and OData's $
 * is not encoded, because some APIs do not decode + or %24.
 */
export function withQuery(path: string, query: Query): string {
  const added = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(String(value))}`)
    .join('&')
  if (!added) return path
  return `${path}${path.includes('?') ? '&' : '?'}${added}`
}

const encodeName = (name: string) => encodeURIComponent(name).replaceAll('%24', '$')
