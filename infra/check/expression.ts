/** A node of the parser's tree as an expression. What our templates do without becomes `other`. */
import type { Node } from 'web-tree-sitter'
import type { Expression, Property } from './syntax.ts'

export function expression(node: Node): Expression {
  const line = lineOf(node)
  const other: Expression = { kind: 'other', line, text: node.text }
  const field = (name: string) => {
    const child = node.childForFieldName(name)
    return child ? expression(child) : other
  }
  const first = () => (node.namedChild(0) ? expression(named(node)[0] ?? node) : other)
  switch (node.type) {
    case 'string':
      return { kind: 'string', line, parts: stringParts(node) }
    case 'number':
      return { kind: 'number', line, value: Number(node.text) }
    case 'boolean':
      return { kind: 'boolean', line, value: node.text === 'true' }
    case 'null':
      return { kind: 'null', line }
    case 'identifier':
    case 'compatible_identifier':
      return { kind: 'name', line, name: node.text }
    case 'member_expression': {
      const property = node.childForFieldName('property')?.text ?? ''
      return hoisted(field('object'), (object) => ({ kind: 'member', line, object, property }))
    }
    case 'subscript_expression':
      return hoisted(field('object'), (object) => ({
        kind: 'index',
        line,
        object,
        index: field('index'),
      }))
    case 'call_expression': {
      const list = node.childForFieldName('arguments')
      const given = list ? named(list).map(expression) : []
      return hoisted(field('function'), (it) => {
        if (it.kind === 'name') return { kind: 'call', line, name: it.name, arguments: given }
        // A method of a resource: our templates call none.
        return it.kind === 'member'
          ? { kind: 'call', line, name: `.${it.property}`, arguments: [it.object, ...given] }
          : other
      })
    }
    case 'lambda_expression': {
      const [parameters, body] = named(node)
      if (!parameters || !body) return other
      const names = parameters.type === 'identifier' ? [parameters] : named(parameters)
      return {
        kind: 'lambda',
        line,
        parameters: names.map(({ text }) => text),
        body: expression(body),
      }
    }
    case 'ternary_expression': {
      const [yes, no] = [field('consequence'), field('alternative')]
      return hoisted(field('condition'), (condition) => ({
        kind: 'ternary',
        line,
        condition,
        yes,
        no,
      }))
    }
    case 'binary_expression': {
      const operator = node.childForFieldName('operator')?.text ?? ''
      const right = field('right')
      return hoisted(field('left'), (left) => ({
        kind: 'operation',
        line,
        operator,
        operands: [left, right],
      }))
    }
    case 'unary_expression': {
      const operator = node.childForFieldName('operator')?.text ?? ''
      return { kind: 'operation', line, operator, operands: [field('argument')] }
    }
    case 'parenthesized_expression':
      return first()
    case 'array':
      return { kind: 'array', line, items: named(node).map(expression) }
    case 'object':
      return { kind: 'object', line, properties: named(node).flatMap(property) }
    case 'for_statement':
      return loop(node) ?? other
    case 'if_statement': {
      const [condition, body] = named(node)
      if (!condition || !body) return other
      return { kind: 'if', line, condition: expression(condition), body: expression(body) }
    }
    default:
      return other
  }
}

/** The grammar reads `it => it.x == y` as `(it => it).x == y`; Bicep's lambdas reach as far to the right as they can. */
function hoisted(left: Expression, make: (left: Expression) => Expression): Expression {
  return left.kind === 'lambda' ? { ...left, body: hoisted(left.body, make) } : make(left)
}

export const lineOf = (node: Node): number => node.startPosition.row + 1

/** Without comments. */
export const named = (node: Node): Node[] =>
  node.namedChildren.filter(({ type }) => !/comment|decorators/.test(type))

function property(node: Node): Property[] {
  const [key, value] = named(node)
  if (node.type !== 'object_property' || !key || !value) return []
  return [{ line: lineOf(node), key: expression(key), value: expression(value) }]
}

function loop(node: Node): Expression | undefined {
  const parts = named(node)
  const body = node.childForFieldName('body')
  const items = parts.at(-2)
  const variable = parts[0]
  if (!body || !items || !variable) return undefined
  const variables = variable.type === 'for_loop_parameters' ? named(variable) : [variable]
  return {
    kind: 'for',
    line: lineOf(node),
    variables: variables.map(({ text }) => text),
    items: expression(items),
    body: expression(body),
  }
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

function stringParts(node: Node): (string | Expression)[] {
  const quotes = node.text.startsWith("'''") ? 3 : 1
  const parts: (string | Expression)[] = []
  let at = node.startIndex + quotes
  const textTo = (end: number) => {
    const raw = node.text.slice(at - node.startIndex, end - node.startIndex)
    const text = quotes === 1 ? raw.replace(/\\(.)/g, (_, it: string) => escapes[it] ?? it) : raw
    if (text) parts.push(text)
  }
  for (const child of node.namedChildren.filter(({ type }) => type === 'interpolation')) {
    textTo(child.startIndex)
    const [inner] = named(child)
    if (inner) parts.push(expression(inner))
    at = child.endIndex
  }
  textTo(node.endIndex - quotes)
  return parts
}
