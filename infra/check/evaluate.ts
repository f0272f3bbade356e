/** What an expression comes to, with names looked up where the caller says. Throws where nobody can know. */
import { type Argument, functions } from './functions.ts'
import { type Expression, keyOf } from './syntax.ts'
import { isObject, list, type ObjectValue, text, type Value } from './value.ts'

export type Lookup = {
  name: (name: string) => Value
  /** Functions that say where a deployment goes, and files. */
  surrounding: (name: string, given: readonly Value[]) => Value | undefined
}

export function evaluate(expression: Expression, lookup: Lookup): Value {
  const of = (it: Expression) => evaluate(it, lookup)
  switch (expression.kind) {
    case 'string':
      return expression.parts.map((it) => (typeof it === 'string' ? it : text(of(it)))).join('')
    case 'number':
    case 'boolean':
      return expression.value
    case 'null':
      return null
    case 'name':
      return lookup.name(expression.name)
    case 'member':
      return member(of(expression.object), expression.property)
    case 'index': {
      const index = of(expression.index)
      const whole = of(expression.object)
      if (typeof index === 'number') return list(whole)[index] ?? null
      return member(whole, text(index))
    }
    case 'call':
      return call(expression, lookup)
    case 'ternary':
      return of(expression.condition) === true ? of(expression.yes) : of(expression.no)
    case 'operation':
      return operation(expression.operator, expression.operands.map(of))
    case 'object': {
      const entries = expression.properties.map((it) => [
        keyOf(it) ?? text(of(it.key)),
        of(it.value),
      ])
      const object: ObjectValue = Object.fromEntries(entries)
      return object
    }
    case 'array':
      return expression.items.map(of)
    case 'for': {
      const [variable = '', round] = expression.variables
      return list(of(expression.items)).map((item, index) =>
        evaluate(expression.body, binding(lookup, variable, item, round, index)),
      )
    }
    case 'if':
      return of(expression.condition) === true ? of(expression.body) : null
    case 'lambda':
    case 'other':
      throw new Error(`line ${expression.line} cannot be evaluated`)
  }
}

function member(whole: Value, name: string): Value {
  const found = isObject(whole) ? whole[name] : undefined
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

const binding = (lookup: Lookup, variable: string, item: Value, round?: string, index = 0) => ({
  ...lookup,
  name: (name: string) => (name === variable ? item : name === round ? index : lookup.name(name)),
})

function call(expression: Extract<Expression, { kind: 'call' }>, lookup: Lookup): Value {
  const given = expression.arguments.map((it): Argument => {
    if (it.kind !== 'lambda') return evaluate(it, lookup)
    const [parameter = ''] = it.parameters
    return (value) => evaluate(it.body, binding(lookup, parameter, value ?? null))
  })
  const plain = given.filter((it) => typeof it !== 'function')
  const surrounding = lookup.surrounding(expression.name, plain)
  if (surrounding !== undefined) return surrounding
  const known = functions[expression.name]
  if (!known) throw new Error(`nobody knows what ${expression.name} does`)
  return known.run(given)
}

function operation(operator: string, [one = null, other = null]: readonly Value[]): Value {
  switch (operator) {
    case '!':
      return one !== true
    case '&&':
      return one === true && other === true
    case '||':
      return one === true || other === true
    case '==':
      return one === other
    case '!=':
      return one !== other
    case '??':
      return one ?? other
    default:
      throw new Error(`nobody knows what ${operator} does`)
  }
}
