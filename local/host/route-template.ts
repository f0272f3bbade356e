/**
 * Route templates with literal segments and `{name}`. The Functions host, built on ASP.NET Core, supports more; other
 * templates are refused here, so that no route matches differently.
 */

export type RouteParams = Record<string, string>

/** Parameters of the decoded segments; undefined when the template does not match. */
export type Matcher = (segments: string[]) => RouteParams | undefined

/** @throws an Error that says what is wrong with the template */
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
  if (source === '') throw new Error('it has two slashes in a row')
  if (/[{}]/.test(source)) throw new Error(`this host supports only {name}, not "${source}"`)
  return { literal: source.toLowerCase() }
}
