/** What the names of a template stand for: parameters, variables, resources, modules and what they give out. */
import { infer, type Scope } from './infer.ts'
import type { Report } from './problem.ts'
import type { Project } from './project.ts'
import type { Template } from './syntax.ts'
import { any, arrayOf, objectOf, resourceType, type Type } from './types.ts'

export function scopeOf(options: {
  template: Template
  templates: ReadonlyMap<string, Template>
  project: Project
  report: Report
}): Scope {
  const { template, templates, project, report } = options
  const { parameters, variables, resources, modules } = template
  const quiet: Scope = { file: template.file, project, report: () => {}, typeOfName, names }
  const known = new Map<string, Type>()

  return { ...quiet, report }
  function typeOfName(name: string): Type | undefined {
    const type = known.get(name) ?? find(name)
    if (type) known.set(name, type)
    return type
  }
  function find(name: string): Type | undefined {
    const is = (it: { name: string }) => it.name === name
    const parameter = parameters.find(is)
    if (parameter) return typeNamed(parameter.type)
    const variable = variables.find(is)
    if (variable) {
      // Should it name itself, that is anything.
      known.set(name, any)
      return infer(variable.value, quiet)
    }
    const resource = resources.find(is)
    if (resource) {
      const body = resourceType(resource.type) ?? any
      return resource.value.kind === 'for' ? arrayOf(body) : body
    }
    const module = modules.find(is)
    const outputs = module && templates.get(module.path)?.outputs
    if (!module) return undefined
    const types = outputs?.map(({ name, type }) => [name, typeNamed(type)] as const)
    return objectOf({
      name: { kind: 'string' },
      outputs: objectOf(Object.fromEntries(types ?? [])),
    })
  }
  function names() {
    return [...parameters, ...variables, ...resources, ...modules].map(({ name }) => name)
  }
}

/** A type as parameters and outputs are declared with. */
export function typeNamed(name: string): Type {
  if (name.endsWith('[]')) return arrayOf(typeNamed(name.slice(0, -2)))
  if (name === 'string' || name === 'int' || name === 'bool') return { kind: name }
  if (name === 'array') return arrayOf(any)
  return name === 'object' ? objectOf({}, any) : any
}
