/** Whether an expression fits a type: names, kinds, enumerations, what is required and what only Azure sets. */
import { infer, inferCondition, inLoop, type Scope } from './infer.ts'
import { didYouMean } from './problem.ts'
import { type Expression, keyOf, literal, type ObjectExpression, property } from './syntax.ts'
import type { Member, Type } from './types.ts'

/** @param also names that are Bicep's own: `parent`, `scope`, `dependsOn` */
export function fit(
  expression: Expression,
  type: Type,
  scope: Scope,
  also: readonly string[] = [],
): void {
  if (expression.kind === 'if') {
    inferCondition(expression.condition, scope)
    fit(expression.body, type, scope, also)
  } else if (expression.kind === 'ternary') {
    inferCondition(expression.condition, scope)
    for (const branch of [expression.yes, expression.no]) fit(branch, type, scope, also)
  } else if (expression.kind === 'object' && type.kind === 'object') {
    fitMembers(expression, type, scope, also)
  } else if (expression.kind === 'object' && type.kind === 'tagged') {
    fitVariant(expression, type, scope, also)
  } else if (expression.kind === 'array' && type.kind === 'array') {
    for (const item of expression.items) fit(item, type.item, scope)
  } else if (expression.kind === 'for' && type.kind === 'array') {
    fit(expression.body, type.item, inLoop(expression, scope), also)
  } else {
    fitValue(expression, type, scope)
  }
}

function fitVariant(
  expression: ObjectExpression,
  type: Extract<Type, { kind: 'tagged' }>,
  scope: Scope,
  also: readonly string[],
) {
  const tag = literal(property(expression, type.by)?.value)
  const variant = tag === undefined ? undefined : type.variants.get(tag)
  if (variant) fit(expression, variant, scope, also)
  else fitWord(expression, tag ?? '', [...type.variants.keys()], scope)
}

function fitValue(expression: Expression, type: Type, scope: Scope) {
  const word = literal(expression)
  if (type.kind === 'enum' && word !== undefined) {
    fitWord(expression, word, type.values, scope)
    return
  }
  const actual = infer(expression, scope)
  if (isAssignable(actual, type)) return
  const message = `${words[type.kind]} is expected, this is ${words[actual.kind]}`
  scope.report({ file: scope.file, line: expression.line }, 'wrong-kind', message)
}

function fitWord({ line }: Expression, word: string, allowed: readonly string[], scope: Scope) {
  if (allowed.includes(word)) return
  const message = `'${word}' is none of ${allowed.slice(0, 12).join(', ')}.${didYouMean(word, allowed)}`
  scope.report({ file: scope.file, line }, 'not-in-enum', message)
}

function fitMembers(
  expression: ObjectExpression,
  type: Extract<Type, { kind: 'object' }>,
  scope: Scope,
  also: readonly string[],
) {
  const complain = (line: number, rule: string, message: string) =>
    scope.report({ file: scope.file, line }, rule, message)
  const seen = new Set<string>()
  for (const it of expression.properties) {
    const name = keyOf(it)
    if (it.key.kind === 'string') infer(it.key, scope)
    if (name !== undefined) {
      if (seen.has(name)) complain(it.line, 'duplicate-property', `${name} is given twice`)
      seen.add(name)
      if (also.includes(name)) {
        infer(it.value, scope)
        continue
      }
    }
    const known: Member | undefined = name === undefined ? undefined : type.properties.get(name)
    if (known?.readOnly)
      complain(it.line, 'read-only', `${name} is set by Azure, not by a template`)
    const expected = known?.type ?? type.rest
    if (expected) fit(it.value, expected, scope)
    else {
      const hint = didYouMean(name ?? '', type.properties.keys())
      complain(it.line, 'unknown-property', `there is no ${name}.${hint}`)
    }
  }
  for (const [name, { required }] of type.properties) {
    if (required && !seen.has(name)) {
      complain(expression.line, 'missing-property', `${name} is required here`)
    }
  }
}

function isAssignable(actual: Type, expected: Type): boolean {
  if ([actual.kind, expected.kind].includes('any') || actual.kind === 'null') return true
  if (actual.kind === 'array' && expected.kind === 'array') {
    return isAssignable(actual.item, expected.item)
  }
  return words[actual.kind] === words[expected.kind]
}

const words = {
  any: 'anything',
  string: 'a string',
  enum: 'a string',
  int: 'a number',
  bool: 'true or false',
  null: 'null',
  array: 'an array',
  object: 'an object',
  tagged: 'an object',
}
