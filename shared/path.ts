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
  const url = new URL(target.startsWith('/') ? baseUrl + target : target)
  if (url.username || url.password || !url.href.startsWith(`${baseUrl}/`)) {
    throw new Error(`a path leads out of ${baseUrl}`)
  }
  url.hash = ''
  return url.href.slice(baseUrl.length)
}

/** Parameters of a URL's query. Those that are `undefined` are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * `path` with `query` added to its own, names and values encoded. A space is %20, not +, and OData's $ stays as its
 * documentation shows it: not every API decodes them.
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
