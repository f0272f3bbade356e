/**
 * Parses the subset of KQL that the tools and their documentation use. Anything else is refused as Resource Graph refuses
 * what it does not support.
 *
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
 */
import { QueryError } from './query-error.ts'
import type { Aggregate, Expression, NamedExpression, Query, Step } from './syntax.ts'
import { type Token, tokensOf } from './tokens.ts'

const end: Token = { kind: 'end', value: '<EOF>', position: 0 }
const comparisons = ['==', '!=', '=~', '!~', '<', '<=', '>', '>=', 'contains', '!contains', 'has']
const operators = [...comparisons, '!has', 'startswith', '!startswith']
const memberships = ['in', 'in~', '!in', '!in~']
const functions = ['tostring', 'tolower', 'isempty', 'isnotempty']

/** The table defaults to `Resources`. @throws QueryError */
export function parseQuery(text: string): Query {
  const words = tokensOf(text)
  let at = 0
  const next = () => words[at] ?? end
  const is = (value: string, { kind, value: found } = next()) =>
    (kind === 'name' || kind === 'sign') && found.toLowerCase() === value
  const fail = (expectedToken?: string): never => {
    const { position, value: token } = next()
    throw new QueryError({
      ...{ code: 'ParserFailure', position, token },
      ...(expectedToken === undefined ? {} : { expectedToken }),
    })
  }
  const take = (): Token => {
    const token = next()
    at += 1
    return token
  }
  const skip = (value: string): boolean => {
    if (!is(value)) return false
    at += 1
    return true
  }
  const expect = (value: string) => skip(value) || fail(value)
  const name = () => (next().kind === 'name' ? take().value : fail('<identifier>'))
  const list = <Item>(item: () => Item): Item[] => {
    const items = [item()]
    while (skip(',')) items.push(item())
    return items
  }

  const operand = (): Expression => {
    const { kind, value } = next()
    if (kind === 'text') return { kind: 'literal', value: take().value }
    if (kind === 'number') return { kind: 'literal', value: Number(take().value) }
    if (kind !== 'name') return fail('<expression>')
    if (is('true') || is('false')) {
      return { kind: 'literal', value: take().value.toLowerCase() === 'true' }
    }
    at += 1
    if (!skip('(')) return { kind: 'column', path: [value, ...members()] }
    if (!functions.includes(value)) {
      throw new QueryError({ code: 'InvalidQueryLanguage', token: value })
    }
    const argument = operand()
    expect(')')
    return { kind: 'call', function: value, argument }
  }
  const members = (): string[] => {
    const path: string[] = []
    for (;;) {
      if (skip('.')) path.push(name())
      else if (skip('[')) {
        path.push(next().kind === 'text' ? take().value : fail('<string>'))
        expect(']')
      } else return path
    }
  }

  const condition = (): Expression => joined('or', () => joined('and', test))
  const joined = (kind: 'and' | 'or', part: () => Expression): Expression => {
    const parts = [part()]
    while (skip(kind)) parts.push(part())
    const [only] = parts
    return only && parts.length === 1 ? only : { kind, parts }
  }
  const test = (): Expression => {
    if (is('not') || is('(')) {
      const negated = skip('not')
      expect('(')
      const part = condition()
      expect(')')
      return negated ? { kind: 'not', part } : part
    }
    const left = operand()
    const { value } = next()
    const operator = value.toLowerCase()
    if (next().kind !== 'text' && operators.includes(operator)) {
      at += 1
      return { kind: 'comparison', operator, left, right: operand() }
    }
    if (next().kind !== 'text' && memberships.includes(operator)) {
      at += 1
      expect('(')
      const values = list(operand)
      expect(')')
      return { kind: 'membership', operator, left, values }
    }
    return left.kind === 'call' ? left : fail('<operator>')
  }

  /** `name`, `name = expression`, or an expression, which gets a name of its own. */
  const column = (): NamedExpression => {
    const [first, second] = [next(), words[at + 1] ?? end]
    if (first.kind === 'name' && is('=', second)) {
      at += 2
      return { name: first.value, expression: operand() }
    }
    const expression = operand()
    return { name: ownName(expression), expression }
  }
  const aggregate = (): Aggregate => {
    const [first, second] = [next(), words[at + 1] ?? end]
    const isNamed = is('=', second)
    if (isNamed) at += 2
    const token = name()
    expect('(')
    const of = token === 'sum' ? operand() : undefined
    if (token !== 'count' && !of) throw new QueryError({ code: 'InvalidQueryLanguage', token })
    expect(')')
    return of
      ? { name: isNamed ? first.value : `sum_${ownName(of)}`, function: 'sum', of }
      : { name: isNamed ? first.value : 'count_', function: 'count' }
  }
  const ordering = () => {
    const expression = operand()
    // Kusto's default is descending.
    if (skip('asc')) return { expression, descending: false }
    skip('desc')
    return { expression, descending: true }
  }
  const rows = () => (next().kind === 'number' ? Number(take().value) : fail('<number>'))

  const orderBy = (): Step => {
    expect('by')
    return { kind: 'order', by: list(ordering) }
  }
  const steps: Partial<Record<string, () => Step>> = {
    where: () => ({ kind: 'where', condition: condition() }),
    project: () => ({ kind: 'project', columns: list(column) }),
    extend: () => ({ kind: 'extend', columns: list(column) }),
    summarize: () => ({
      kind: 'summarize',
      aggregates: list(aggregate),
      by: skip('by') ? list(column) : [],
    }),
    order: orderBy,
    sort: orderBy,
    take: () => ({ kind: 'take', rows: rows() }),
    limit: () => ({ kind: 'take', rows: rows() }),
    distinct: () => ({ kind: 'distinct', columns: list(column) }),
    count: () => ({ kind: 'count' }),
  }
  const step = (): Step => {
    const token = name()
    const parse = steps[token.toLowerCase()]
    if (!parse) throw new QueryError({ code: 'InvalidQueryLanguage', token })
    return parse()
  }

  const isStep = next().kind === 'name' && Object.hasOwn(steps, next().value.toLowerCase())
  const table = isStep ? 'resources' : name().toLowerCase()
  const parsed: Step[] = isStep ? [step()] : []
  while (skip('|')) parsed.push(step())
  return next().kind === 'end' ? { table, steps: parsed } : fail('|')
}

/** Kusto's name for an unnamed column: `tags['a']` is `tags_a`. */
function ownName(expression: Expression): string {
  if (expression.kind === 'column') return expression.path.join('_')
  return expression.kind === 'call' ? ownName(expression.argument) : 'Column1'
}
