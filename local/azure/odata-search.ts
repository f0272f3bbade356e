/**
 * `$search` over directory objects: `"<property>:<words>"` clauses, joined by AND and OR. A clause matches when each
 * of its words begins a word of the property.
 *
 * https://learn.microsoft.com/graph/search-query-parameter#using-search-on-directory-object-collections
 */
import { badRequest } from './errors.ts'

type Entity = Record<string, unknown>

/** @throws Refusal 400 for invalid syntax, or a property that is not indexed */
export function searched(text: string, properties: string[]): (entity: Entity) => boolean {
  const alternatives = parse(text, properties)
  return (entity) => alternatives.some((clauses) => clauses.every((clause) => clause(entity)))
}

/** AND binds tighter than OR. */
function parse(text: string, properties: string[]) {
  const alternatives: ((entity: Entity) => boolean)[][] = [[]]
  let rest = text.trim()
  for (;;) {
    const [found, property = '', words = ''] = /^"(\w+):((?:[^"\\]|\\["\\])*)"/.exec(rest) ?? []
    if (found === undefined) throw syntaxError(text, text.length - rest.length)
    if (!properties.includes(property)) {
      throw badRequest(`Property '${property}' is not supported in $search.`)
    }
    alternatives.at(-1)?.push(matches(property, words.replace(/\\(.)/g, '$1')))
    rest = rest.slice(found.length).trimStart()
    if (rest === '') return alternatives
    const [joint] = /^(AND|OR)\s+/.exec(rest) ?? []
    if (joint === undefined) throw syntaxError(text, text.length - rest.length)
    if (joint.startsWith('OR')) alternatives.push([])
    rest = rest.slice(joint.length)
  }
}

/** Graph splits text at spaces, at symbols, and between letters and digits. */
const tokens = (text: string) => text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? []

const matches = (property: string, words: string) => (entity: Entity) => {
  const value = tokens(String(entity[property] ?? ''))
  const asked = tokens(words)
  return asked.length > 0 && asked.every((word) => value.some((it) => it.startsWith(word)))
}

const syntaxError = (text: string, position: number) =>
  badRequest(
    `Syntax error: character '${text[position] ?? ''}' is not valid at position ${position} in '${text}'.`,
  )
