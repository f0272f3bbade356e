/**
 * ASP.NET Core route templates, as far as the Functions host uses them: `{name}`, `{name?}`, `{name=x}`,
 * `{*rest}`, mixed segments such as `{a}.{b}`, and inline constraints. Which function may answer is for
 * routing.ts.
 */
import { constraint } from './route-constraints.ts'

export type RouteParams = Record<string, string>

/** The path's segments, decoded; `undefined` when the template does not match. */
export type Matcher = (segments: string[]) => RouteParams | undefined

/** @throws with what is wrong in the template: the real host does not start with such a route either. */
export function compileTemplate(template: string): Matcher {
  const parts = template.replace(/^\/|\/$/g, '')
  const compiled = parts === '' ? [] : splitOutsideBraces(parts).map(compileSegment)
  const misplaced = compiled.slice(0, -1).some(({ catchAll }) => catchAll)
  if (misplaced) throw new Error('a catch-all must come last')

  return (segments) => {
    const last = compiled.at(-1)
    if (segments.length > compiled.length && !last?.catchAll) return undefined
    const params: RouteParams = {}
    for (const [index, segment] of compiled.entries()) {
      const text = segment.catchAll ? segments.slice(index).join('/') : segments[index]
      if (text === '' && !segment.catchAll) return undefined
      const found = segment.match(text ?? '')
      if (!found) return undefined
      Object.assign(params, found)
    }
    return params
  }
}

type Segment = { catchAll: boolean; match: (text: string) => RouteParams | undefined }
type Param = {
  name: string
  catchAll: boolean
  optional: boolean
  byDefault: string | undefined
  constraints: ((value: string) => boolean)[]
}

function splitOutsideBraces(template: string): string[] {
  const segments = template.match(/(?:\{(?:[^{}]|\{\{|\}\})*\}|[^/{}])+|\/(?=\/)/g) ?? []
  if (segments.join('/') !== template) {
    throw new Error('braces do not match, or two slashes follow each other')
  }
  return segments
}

function compileSegment(source: string): Segment {
  const pieces = source.match(/\{(?:[^{}]|\{\{|\}\})*\}|[^{}]+/g) ?? []
  const params: Param[] = []
  let pattern = ''
  for (const [index, piece] of pieces.entries()) {
    if (!piece.startsWith('{')) {
      pattern += RegExp.escape(piece)
      continue
    }
    if (pieces[index - 1]?.startsWith('{')) throw new Error('two parameters follow each other')
    const param = parseParam(piece.slice(1, -1))
    const alone = pieces.length === 1
    if (param.catchAll && !alone) throw new Error('a catch-all must be a segment of its own')
    params.push(param)
    const last = index === pieces.length - 1
    if (alone) pattern += param.optional || param.catchAll || param.byDefault ? '(.*)' : '(.+)'
    else if (!param.optional) pattern += pieces.at(-1)?.endsWith('?}') ? '(.+?)' : '(.+)'
    else if (last && pieces[index - 1] === '.') {
      // `{file}.{ext?}`: without the value its dot is optional too.
      pattern = `${pattern.slice(0, -RegExp.escape('.').length)}(?:\\.([^.]+))?`
    } else throw new Error('an optional parameter in a mixed segment must come last, behind a dot')
  }
  const whole = new RegExp(`^${pattern}$`, 'is')

  return {
    catchAll: params.some(({ catchAll }) => catchAll),
    match(text) {
      const found = whole.exec(text)
      return found ? bind(params, found.slice(1)) : undefined
    },
  }
}

function parseParam(source: string): Param {
  const parsed =
    /^(?<star>\*{0,2})(?<name>[^*:=?/{}]+)(?<constraints>(?::(?:\((?:[^()]|\([^()]*\))*\)|[^:=?(])+)*)(?:(?<optional>\?)|=(?<byDefault>.*))?$/s.exec(
      source,
    )?.groups
  if (!parsed) throw new Error(`{${source}} is not a parameter`)
  const { star, name = '', constraints = '', optional, byDefault } = parsed
  return {
    name,
    catchAll: star !== '',
    optional: optional !== undefined,
    byDefault,
    constraints: (constraints.match(/:(?:\((?:[^()]|\([^()]*\))*\)|[^:(])+/g) ?? []).map((one) =>
      constraint(one.slice(1)),
    ),
  }
}

function bind(params: Param[], values: (string | undefined)[]): RouteParams | undefined {
  const bound: RouteParams = {}
  for (const [index, { name, constraints, byDefault }] of params.entries()) {
    const value = values[index] || byDefault
    if (!value) continue
    if (!constraints.every((holds) => holds(value))) return undefined
    bound[name] = value
  }
  return bound
}
