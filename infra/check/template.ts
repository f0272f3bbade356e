/** A Bicep file as a template: its declarations, by kind. */
import { dirname, join } from 'node:path/posix'
import type { Node } from 'web-tree-sitter'
import { expression, lineOf, named } from './expression.ts'
import { extensionsIn, parse } from './parse.ts'
import type { Report } from './problem.ts'
import { type Expression, literal, type Template } from './syntax.ts'

export function readTemplate(options: { file: string; text: string; report: Report }): Template {
  return parse(options, (root) => templateOf(root, options))
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] }

function templateOf(root: Node, { file, text, report }: Parameters<typeof readTemplate>[0]) {
  const template: Writable<Template> = {
    file,
    scope: undefined,
    extensions: extensionsIn(text),
    parameters: [],
    variables: [],
    resources: [],
    modules: [],
    outputs: [],
  }
  let decorators: string[] = []
  for (const node of root.namedChildren) {
    const parts = named(node)
    const line = lineOf(node)
    const name = parts[0]?.text ?? ''
    const type = parts[1]?.text ?? ''
    const value = expressionAt(parts.at(-1), line)
    switch (node.type) {
      case 'decorators':
        decorators = node.namedChildren.map(({ text }) => text)
        continue
      case 'target_scope_assignment':
        template.scope = literal(value)
        break
      case 'parameter_declaration': {
        const initial = parts.length > 2 ? value : undefined
        template.parameters.push({ name, line, type, value: initial, decorators })
        break
      }
      case 'variable_declaration':
        template.variables.push({ name, line, value })
        break
      case 'output_declaration':
        template.outputs.push({ name, line, type, value })
        break
      case 'resource_declaration': {
        const existing = node.children.some((child) => child.type === 'existing')
        template.resources.push({ name, line, type: type.slice(1, -1), existing, value })
        break
      }
      case 'module_declaration':
        template.modules.push({ name, line, path: join(dirname(file), type.slice(1, -1)), value })
        break
      case 'comment':
      case 'ERROR':
        continue
      default:
        report({ file, line }, 'unsupported', `the checks do not know ${node.type}`)
    }
    decorators = []
  }
  return template
}

const expressionAt = (node: Node | undefined, line: number): Expression =>
  node ? expression(node) : { kind: 'other', line, text: '' }
