/** main.parameters.json: that it gives what main.bicep wants, and what azd makes of it with some environment. */
import * as z from 'zod'
import { didYouMean, type Report } from './problem.ts'
import { type Project, textOf } from './project.ts'
import type { Template } from './syntax.ts'
import type { ObjectValue, Value } from './value.ts'

const file = 'infra/main.parameters.json'
const schema = z.object({
  parameters: z.record(
    z.string(),
    z.strictObject({ value: z.union([z.string(), z.record(z.string(), z.string())]) }),
  ),
})

/** `${NAME}` or `${NAME=default}`, each text whole: azd puts the variable of its environment there. */
const variable = /^\$\{([A-Z][A-Z0-9_]*)(?:=([^}]*))?\}$/

export function checkParameters(project: Project, main: Template, report: Report): void {
  const given = parametersOf(project)
  const names = main.parameters.map(({ name }) => name)
  const place = { file, line: 1 }
  for (const { name, value } of main.parameters) {
    if (!value && !(name in given)) report(place, 'parameters-file', `main.bicep wants ${name}`)
  }
  for (const [name, { value }] of Object.entries(given)) {
    const parameter = main.parameters.find((it) => it.name === name)
    if (!parameter) {
      const hint = didYouMean(name, names)
      report(place, 'parameters-file', `main.bicep takes no ${name}.${hint}`)
    }
    for (const text of typeof value === 'string' ? [value] : Object.values(value)) {
      if (variable.test(text)) continue
      report(place, 'parameters-file', `${name} is not a variable of azd’s environment: ${text}`)
    }
    const [, , initial] = (typeof value === 'string' && variable.exec(value)) || []
    if (parameter?.type === 'bool' && !/^(true|false)$/.test(initial ?? '')) {
      report(place, 'parameters-file', `${name} is true or false`)
    }
  }
}

export function parametersWith(
  project: Project,
  main: Template,
  environment: Readonly<Record<string, string>>,
): ObjectValue {
  const values = Object.entries(parametersOf(project)).map(([name, { value }]): [string, Value] => {
    if (typeof value !== 'string') {
      const texts = Object.entries(value).map(([key, it]) => [key, filled(it, environment)])
      return [name, Object.fromEntries(texts)]
    }
    const text = filled(value, environment)
    const isBool = main.parameters.some((it) => it.name === name && it.type === 'bool')
    return [name, isBool ? text === 'true' : text]
  })
  return Object.fromEntries(values)
}

function filled(value: string, environment: Readonly<Record<string, string>>): string {
  const [, from = '', initial] = variable.exec(value) ?? []
  return environment[from] ?? initial ?? ''
}

const parametersOf = (project: Project) =>
  schema.parse(JSON.parse(textOf(project, file))).parameters
