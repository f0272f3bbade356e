/**
 * Splits a query into tokens: names, numbers, texts and signs. Escapes in texts:
 *
 * https://learn.microsoft.com/kusto/query/scalar-data-types/string
 */
import { QueryError } from './query-error.ts'

export type Token = {
  kind: 'name' | 'number' | 'text' | 'sign' | 'end'
  /** Of a text: without quotes and escapes. */
  value: string
  /** Index in the query. */
  position: number
}

type Rule = { kind: Token['kind'] | 'space'; pattern: RegExp; read?: (found: string) => string }

const rules: readonly Rule[] = [
  { kind: 'space', pattern: /(\s|\/\/[^\n]*)+/y },
  // `in~`, `!contains` and `!in~` are single tokens.
  { kind: 'sign', pattern: /!(contains|has|in~?|startswith)(?![\w~])|in~/y },
  { kind: 'name', pattern: /[A-Za-z_$][\w$]*/y },
  { kind: 'number', pattern: /\d+(\.\d+)?/y },
  { kind: 'text', pattern: /@'([^']|'')*'|@"([^"]|"")*"/y, read: verbatim },
  { kind: 'text', pattern: /'([^'\\\n]|\\.)*'|"([^"\\\n]|\\.)*"/y, read: escaped },
  // The parser refuses the signs that it does not know.
  { kind: 'sign', pattern: /==|=~|!=|!~|<=|>=|[^'"\s]/y },
]

/** @throws QueryError `ParserFailure` at an unterminated text */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < query.length) {
    const word = wordAt(query, position)
    if (word === undefined) {
      throw new QueryError({ code: 'ParserFailure', position, token: query.slice(position) })
    }
    const { rule, found } = word
    if (rule.kind !== 'space') {
      tokens.push({ kind: rule.kind, value: rule.read?.(found) ?? found, position })
    }
    position += found.length
  }
  return [...tokens, { kind: 'end', value: '<EOF>', position }]
}

function wordAt(query: string, position: number) {
  for (const rule of rules) {
    rule.pattern.lastIndex = position
    const found = rule.pattern.exec(query)?.[0]
    if (found) return { rule, found }
  }
  return undefined
}

function verbatim(found: string): string {
  const quote = found[1] ?? ''
  return found.slice(2, -1).replaceAll(quote + quote, quote)
}

const escapes: Partial<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function escaped(found: string): string {
  return found
    .slice(1, -1)
    .replace(/\\(u[\da-fA-F]{4}|.)/g, (_, sign: string) =>
      sign.length > 1
        ? String.fromCharCode(Number.parseInt(sign.slice(1), 16))
        : (escapes[sign] ?? sign),
    )
}
