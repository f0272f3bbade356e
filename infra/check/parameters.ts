/** main.parameters.json gives what main.bicep takes: each a variable of azd's environment. */
import * as z from 'zod'
import type { Problem } from './policies/policy.ts'
import { secretive } from './policies/secrets.ts'
import { type Project, textOf } from './project.ts'
import { madeFrom, madeFromFile } from './snapshot.ts'

const texts = z.record(z.string(), z.string())
const parameter = z.strictObject({ value: z.union([z.string(), texts]) })
const schema = z.object({ parameters: z.record(z.string(), parameter) })

/** `${NAME}` or `${NAME=default}`, each text whole: azd puts the variable of its environment there. */
const variable = /^\$\{([A-Z][A-Z0-9_]*)(?:=([^}]*))?\}$/

export function wrongParameters(project: Project): Problem[] {
  const file = JSON.parse(textOf(project, 'infra/main.parameters.json'))
  const { parameters: given } = schema.parse(file)
  const { parameters: taken } = madeFrom.parse(JSON.parse(textOf(project, madeFromFile)))
  const wanted = Object.keys(taken).filter((name) => !taken[name]?.endsWith('?'))
  const missing = wanted.filter((name) => !(name in given))
  const secret = Object.keys(taken).filter((name) => secretive.test(name))
  const wrong = Object.entries(given).flatMap(([name, { value }]) => {
    if (!(name in taken)) return `main.bicep takes no ${name}`
    const texts = typeof value === 'string' ? [value] : Object.values(value)
    const odd = texts.find((text) => !variable.test(text))
    if (odd !== undefined) return `${name} is no variable of azd’s environment: ${odd}`
    const [, , initial = ''] = variable.exec(texts.join()) ?? []
    const isOdd = taken[name]?.startsWith('bool') && !/^(true|false)$/.test(initial)
    return isOdd ? `${name} is true or false` : []
  })
  const ofFile = [...missing.map((name) => `main.bicep wants ${name}`), ...wrong]
  return [
    ...ofFile.map((message) => ({ rule: 'parameters-file', message })),
    ...secret.map((name) => ({ rule: 'secret-parameter', message: `${name} is kept in clear` })),
  ]
}
