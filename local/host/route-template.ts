/**
 * Route templates, those that this app may have: literal segments and `{name}`. ASP.NET Core, which the Functions host
 * is made with, knows more; that is refused here, so that nothing is matched otherwise than there.
 */

export type RouteParams = Record<string, string>

/** The path's segments, decoded; `undefined` when the template does not match. */
export type Matcher = (segments: string[]) => RouteParams | undefined

/** @throws with what is wrong in the template */
export function compileTemplate(template: string): Matcher {
  const text = template.replace(/^\/|\/$/g, '')
  const parts = text === '' ? [] : text.split('/').map(partOf)
  return (segments) => {
    if (segments.length !== parts.length) return undefined
    const params: RouteParams = {}
    for (const [index, { name, literal }] of parts.entries()) {
      const segment = segments[index] ?? ''
      if (name === undefined ? segment.toLowerCase() !== literal : segment === '') return undefined
      if (name !== undefined) params[name] = segment
    }
    return params
  }
}

function partOf(source: string): { name?: string; literal: string } {
  const [, name] = /^\{(\w+)\}$/.exec(source) ?? []
  if (name !== undefined) return { name, literal: '' }
  if (source === '') throw new Error('two slashes follow each other')
  if (/[{}]/.test(source)) throw new Error(`{name} is all that this host knows, not "${source}"`)
  return { literal: source.toLowerCase() }
}
