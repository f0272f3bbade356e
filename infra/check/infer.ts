/** The type of an expression, and what is wrong within it: unknown names, members, functions, numbers of arguments. */
import { dirname, join } from 'node:path/posix'
import { surroundings } from './clouds.ts'
import { functions } from './functions.ts'
import { didYouMean, type Report } from './problem.ts'
import type { Project } from './project.ts'
import { type Expression, keyOf, literal } from './syntax.ts'
import { any, arrayOf, bool, int, type Member, string, type Type } from './types.ts'
import { parseJson, typeOfValue } from './value.ts'

export type Scope = {
  file: string
  project: Project
  report: Report
  typeOfName: (name: string) => Type | undefined
  names: () => Iterable<string>
}

export function infer(expression: Expression, scope: Scope): Type {
  const { file, report } = scope
  const complain = (rule: string, message: string): Type => {
    report({ file, line: expression.line }, rule, message)
    return any
  }
  const of = (it: Expression) => infer(it, scope)
  switch (expression.kind) {
    case 'string':
      for (const part of expression.parts) if (typeof part !== 'string') of(part)
      return string
    case 'number':
      return int
    case 'boolean':
      return bool
    case 'null':
      return { kind: 'null' }
    case 'name': {
      const { name } = expression
      const type = scope.typeOfName(name)
      if (type) return type
      const hint = didYouMean(name, scope.names())
      return complain('undefined-name', `nothing here is called ${name}.${hint}`)
    }
    case 'member':
      return member(of(expression.object), expression.property, complain)
    case 'index': {
      const whole = of(expression.object)
      const name = literal(expression.index)
      of(expression.index)
      if (name !== undefined) return member(whole, name, complain)
      if (whole.kind === 'array') return whole.item
      if (whole.kind !== 'object') return any
      return [...whole.properties.values()].map(({ type }) => type).reduce(joined, any)
    }
    case 'call':
      return call(expression, scope, complain)
    case 'lambda':
      return any
    case 'ternary':
      inferCondition(expression.condition, scope)
      return joined(of(expression.yes), of(expression.no))
    case 'operation': {
      const types = expression.operands.map(of)
      if (/^(==|!=|=~|!~|&&|\|\||!|<=?|>=?)$/.test(expression.operator)) return bool
      return expression.operator === '??' ? (types[0] ?? any) : int
    }
    case 'object': {
      const members = expression.properties.map(({ key, value }): [string, Member] => {
        if (key.kind === 'string') of(key)
        const plain = { required: false, readOnly: false }
        return [keyOf({ line: 0, key, value }) ?? '', { type: of(value), ...plain }]
      })
      const computed = members.some(([name]) => name === '')
      return { kind: 'object', properties: new Map(members), rest: computed ? any : undefined }
    }
    case 'array':
      return arrayOf(expression.items.map(of).reduce(joined, any))
    case 'for':
      return arrayOf(infer(expression.body, inLoop(expression, scope)))
    case 'if':
      inferCondition(expression.condition, scope)
      return of(expression.body)
    case 'other':
      return complain('unsupported', `the checks do not know this: ${expression.text.slice(0, 40)}`)
  }
}

export function inferCondition(condition: Expression, scope: Scope): void {
  const { kind } = infer(condition, scope)
  if (kind === 'bool' || kind === 'any') return
  const place = { file: scope.file, line: condition.line }
  scope.report(place, 'wrong-kind', `a condition is true or false, this is of the kind ${kind}`)
}

/** Within a loop: its variable, and the number of the round. */
export function inLoop(loop: Extract<Expression, { kind: 'for' }>, scope: Scope): Scope {
  const items = infer(loop.items, scope)
  const [variable = '', round] = loop.variables
  return binding(scope, {
    [variable]: items.kind === 'array' ? items.item : any,
    ...(round && { [round]: int }),
  })
}

const binding = (scope: Scope, bound: Readonly<Record<string, Type>>): Scope => ({
  ...scope,
  typeOfName: (name) => bound[name] ?? scope.typeOfName(name),
  names: () => [...Object.keys(bound), ...scope.names()],
})

type Complain = (rule: string, message: string) => Type

function member(type: Type, name: string, complain: Complain): Type {
  if (type.kind === 'any' || type.kind === 'tagged') return any
  if (type.kind !== 'object') return complain('unknown-member', `${type.kind} has no ${name}`)
  const found = type.properties.get(name)?.type ?? type.rest
  if (found) return found
  return complain(
    'unknown-member',
    `there is no ${name}.${didYouMean(name, type.properties.keys())}`,
  )
}

function call(
  { name, arguments: given }: Extract<Expression, { kind: 'call' }>,
  scope: Scope,
  complain: Complain,
): Type {
  const surrounding = surroundings('AzureCloud')[name]
  if (surrounding) {
    if (given.length > 0) complain('arity', `${name} takes no argument here`)
    return typeOfValue(surrounding)
  }
  if (name === 'loadJsonContent') return loaded(given, scope, complain)
  const signature = functions[name]
  if (!signature) {
    const hint = didYouMean(name, Object.keys(functions))
    return complain('unknown-function', `the checks know no function ${name}.${hint}`)
  }
  const [least, most] = signature.takes
  if (given.length < least || given.length > most) {
    complain('arity', `${name} takes ${least}${most === least ? '' : ' or more'} arguments`)
  }
  const types: Type[] = []
  let results: Type = any
  for (const argument of given) {
    if (argument.kind !== 'lambda') {
      types.push(infer(argument, scope))
      continue
    }
    const item = types[0]?.kind === 'array' ? types[0].item : any
    const [parameter = ''] = argument.parameters
    results = infer(argument.body, binding(scope, { [parameter]: item }))
  }
  return signature.type(types, results)
}

function loaded([path]: readonly Expression[], { file, project }: Scope, complain: Complain): Type {
  const name = literal(path)
  const text = name && project.get(join(dirname(file), name))
  return text ? typeOfValue(parseJson(text)) : complain('missing-file', `there is no ${name}`)
}

/** What two branches have in common. */
function joined(one: Type, other: Type): Type {
  if (one.kind === 'any' || one.kind === 'null') return other
  if (one.kind === 'array' && other.kind === 'array') return arrayOf(joined(one.item, other.item))
  return other.kind === 'any' || other.kind === 'null' || other.kind === one.kind ? one : any
}
