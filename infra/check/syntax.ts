/** A Bicep template as the checks see it: declarations and expressions, free of the parser that read them. */
export type Expression = { line: number } & (
  | { kind: 'string'; parts: readonly (string | Expression)[] }
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'name'; name: string }
  | { kind: 'member'; object: Expression; property: string }
  | { kind: 'index'; object: Expression; index: Expression }
  | { kind: 'call'; name: string; arguments: readonly Expression[] }
  | { kind: 'lambda'; parameters: readonly string[]; body: Expression }
  | { kind: 'ternary'; condition: Expression; yes: Expression; no: Expression }
  | { kind: 'operation'; operator: string; operands: readonly Expression[] }
  | { kind: 'object'; properties: readonly Property[] }
  | { kind: 'array'; items: readonly Expression[] }
  | { kind: 'for'; variables: readonly string[]; items: Expression; body: Expression }
  | { kind: 'if'; condition: Expression; body: Expression }
  /** What our templates do without: it is reported, and means anything. */
  | { kind: 'other'; text: string }
)
export type Property = { line: number; key: Expression; value: Expression }
export type ObjectExpression = Extract<Expression, { kind: 'object' }>

type Declared = { name: string; line: number }
export type Parameter = Declared & {
  type: string
  value: Expression | undefined
  decorators: readonly string[]
}
export type Variable = Declared & { value: Expression }
/** `type`: as written, with its version. */
export type Resource = Declared & { type: string; existing: boolean; value: Expression }
/** `path`: of the module, from the repository's root. */
export type Module = Declared & { path: string; value: Expression }
export type Output = Declared & { type: string; value: Expression }

export type Template = {
  file: string
  scope: string | undefined
  extensions: readonly string[]
  parameters: readonly Parameter[]
  variables: readonly Variable[]
  resources: readonly Resource[]
  modules: readonly Module[]
  outputs: readonly Output[]
}

/** What a string says when nothing is interpolated in it. */
export function literal(expression: Expression | undefined): string | undefined {
  if (expression?.kind !== 'string') return undefined
  const parts = expression.parts.filter((part) => typeof part === 'string')
  return parts.length === expression.parts.length ? parts.join('') : undefined
}

/** A property's name: an identifier or a plain string; none when it is computed. */
export const keyOf = ({ key }: Property): string | undefined =>
  key.kind === 'name' ? key.name : literal(key)

export function property(object: ObjectExpression, name: string): Property | undefined {
  return object.properties.find((it) => keyOf(it) === name)
}

/** The object within a loop or a condition. */
export function bodyOf(value: Expression): ObjectExpression | undefined {
  if (value.kind === 'for' || value.kind === 'if') return bodyOf(value.body)
  return value.kind === 'object' ? value : undefined
}

/** Itself and everything in it. */
export function* within(expression: Expression): Generator<Expression> {
  yield expression
  for (const part of partsOf(expression)) yield* within(part)
}

function partsOf(it: Expression): readonly Expression[] {
  switch (it.kind) {
    case 'string':
      return it.parts.filter((part) => typeof part !== 'string')
    case 'member':
      return [it.object]
    case 'index':
      return [it.object, it.index]
    case 'call':
      return it.arguments
    case 'lambda':
      return [it.body]
    case 'ternary':
      return [it.condition, it.yes, it.no]
    case 'operation':
      return it.operands
    case 'object':
      return it.properties.flatMap(({ key, value }) =>
        key.kind === 'string' ? [key, value] : [value],
      )
    case 'array':
      return it.items
    case 'for':
      return [it.items, it.body]
    case 'if':
      return [it.condition, it.body]
    case 'number':
    case 'boolean':
    case 'null':
    case 'name':
    case 'other':
      return []
  }
}
