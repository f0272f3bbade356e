/** All templates of a project together: their names, their resources' bodies, and what modules pass to each other. */
import * as z from 'zod'
import { fit } from './bodies.ts'
import { infer, inLoop, type Scope } from './infer.ts'
import { didYouMean, type Report } from './problem.ts'
import { type Project, textOf } from './project.ts'
import { scopeOf, typeNamed } from './scope.ts'
import {
  bodyOf,
  type Expression,
  keyOf,
  type Module,
  property,
  type Resource,
  type Template,
  within,
} from './syntax.ts'
import { readTemplate } from './template.ts'
import { arrayOf, resourceNames, resourceType } from './types.ts'

export type Templates = ReadonlyMap<string, Template>

export function readTemplates(project: Project, report: Report): Templates {
  const files = [...project].filter(([file]) => file.endsWith('.bicep'))
  return new Map(files.map(([file, text]) => [file, readTemplate({ file, text, report })]))
}

export function checkTemplates(project: Project, templates: Templates, report: Report): void {
  const configured = extensionsOf(project)
  for (const template of templates.values()) {
    const scope = scopeOf({ template, templates, project, report })
    const { file } = template
    checkNames(template, report)
    for (const name of template.extensions) {
      if (configured.includes(name)) continue
      report({ file, line: 1 }, 'extension', `bicepconfig.json has no ${name}`)
    }
    for (const { value } of template.variables) infer(value, scope)
    for (const { type, value } of template.parameters) {
      if (value) fit(value, typeNamed(type), scope)
    }
    for (const { type, value } of template.outputs) fit(value, typeNamed(type), scope)
    for (const resource of template.resources) checkResource(resource, scope, template)
    for (const module of template.modules) checkModule(module, templates, scope)
    if (file === 'infra/main.bicep' && template.scope !== 'resourceGroup') {
      report({ file, line: 1 }, 'target-scope', 'the deployment is one into a resource group')
    }
  }
}

const bicepConfig = z.object({ extensions: z.record(z.string(), z.string()) })
const extensionsOf = (project: Project) =>
  Object.keys(bicepConfig.parse(JSON.parse(textOf(project, 'infra/bicepconfig.json'))).extensions)

function checkNames(template: Template, report: Report) {
  const { file, parameters, variables, resources, modules, outputs } = template
  const declared = [...parameters, ...variables, ...resources, ...modules]
  const seen = new Set<string>()
  for (const { name, line } of declared) {
    if (seen.has(name)) report({ file, line }, 'duplicate-name', `${name} is declared twice`)
    seen.add(name)
  }
  const values = [...parameters, ...variables, ...resources, ...modules, ...outputs]
  const used = new Set(
    values.flatMap(({ value }) =>
      value ? [...within(value)].flatMap((it) => (it.kind === 'name' ? it.name : [])) : [],
    ),
  )
  for (const { name, line } of [...parameters, ...variables]) {
    if (!used.has(name)) report({ file, line }, 'unused-name', `nobody uses ${name}`)
  }
}

function checkResource({ line, type, value }: Resource, scope: Scope, template: Template) {
  const { file, report } = scope
  const body = bodyOf(value)
  const known = resourceType(type)
  if (!known) {
    const hint = didYouMean(type, resourceNames)
    return report({ file, line }, 'unknown-type', `types/resources.json has no ${type}.${hint}`)
  }
  if (!body) return report({ file, line }, 'syntax', 'a resource has a body')
  const own = ['parent', 'scope', 'dependsOn']
  fit(value, value.kind === 'for' ? arrayOf(known) : known, scope, own)
  if (type.startsWith('Microsoft.Graph/') && template.extensions.length === 0) {
    report({ file, line }, 'extension', 'Microsoft Graph’s types need an extension')
  }
  const parent = property(body, 'parent')?.value
  const above = template.resources.find((it) => parent?.kind === 'name' && it.name === parent.name)
  const [path = ''] = type.split('@')
  const [parentPath] = above?.type.split('@') ?? []
  if (parent && path.slice(0, path.lastIndexOf('/')) !== parentPath) {
    report({ file, line: parent.line }, 'wrong-parent', `${parentPath} is not above ${path}`)
  }
}

function checkModule({ line, path, value }: Module, templates: Templates, scope: Scope) {
  const { file, report } = scope
  const inside = value.kind === 'for' ? inLoop(value, scope) : scope
  const module = templates.get(path)
  if (!module) return report({ file, line }, 'missing-file', `there is no ${path}`)
  const body = bodyOf(value)
  const params = body && property(body, 'params')?.value
  const given = params?.kind === 'object' ? params.properties : []
  for (const it of given) {
    const name = keyOf(it) ?? ''
    const parameter = module.parameters.find((it) => it.name === name)
    const names = module.parameters.map(({ name }) => name)
    if (parameter) fit(it.value, typeNamed(parameter.type), inside)
    else {
      const hint = didYouMean(name, names)
      report({ file, line: it.line }, 'module-parameter', `${path} takes no ${name}.${hint}`)
    }
  }
  for (const { name, value } of module.parameters) {
    if (!value && !given.some((it) => keyOf(it) === name)) {
      report({ file, line }, 'module-parameter', `${path} wants ${name}`)
    }
  }
}

/** Calls of a function, wherever they stand. */
export function* callsIn(template: Template): Generator<Extract<Expression, { kind: 'call' }>> {
  const { parameters, variables, resources, modules, outputs } = template
  for (const { value } of [...parameters, ...variables, ...resources, ...modules, ...outputs]) {
    for (const it of value ? within(value) : []) if (it.kind === 'call') yield it
  }
}
