/**
 * Normalizes a call's arguments before the tool's schema checks them, since clients send numbers as text, empty text for
 * nothing, and so on. A wrong guess would give a wrong answer, so a name that nearly matches an argument is refused
 * rather than dropped.
 */
import { Failure } from '../failure.ts'
import { isObject } from '../json.ts'
import { nearMisses } from '../near-miss.ts'
import type * as z from '../zod.ts'
import type { JsonObject } from './json-schema.ts'

/**
 * `ignored`: names that the tool does not have, quoted and cut.
 * @throws Failure `arguments_refused`
 */
export type ReadArguments = (args: unknown) => { read: JsonObject; ignored: readonly string[] }

export function argumentReader(options: {
  input: z.ZodObject
  /** The published schema of `input`. */
  inputSchema: JsonObject
  effect: 'reads' | 'writes'
}): ReadArguments {
  const { input, inputSchema, effect } = options
  const { properties } = inputSchema
  const parameters = new Map(
    Object.entries(isObject(properties) ? properties : {}).map(([name, property]) => {
      const accepts = (value: unknown) => input.shape[name]?.safeParse(value).success ?? false
      const type = isObject(property) ? property.type : undefined
      const isOptional = accepts(undefined)
      const empty: readonly unknown[] = [null, ''].filter((value) => isOptional && !accepts(value))
      return [name, { type, empty }] as const
    }),
  )
  const nearMiss = nearMisses([...parameters.keys()])

  return (args) => {
    const read: [name: string, value: unknown][] = []
    const unknown: string[] = []
    for (const [name, sent] of Object.entries(args ?? {})) {
      const parameter = parameters.get(name)
      if (!parameter) {
        unknown.push(name)
        continue
      }
      const { type, empty } = parameter
      const value = coerced(type, unwrapped(type, sent))
      if (!empty.includes(value)) read.push([name, value])
    }
    const problems = unknown.flatMap((name) => {
      const meant = nearMiss(name)
      if (meant) return `${shown(name)}: this tool has no such argument; did you mean ${meant}?`
      return effect === 'writes' ? `${shown(name)}: this tool has no such argument` : []
    })
    if (problems.length > 0) throw argumentsRefused(problems)
    return { read: Object.fromEntries(read), ignored: unknown.slice(0, maxProblems).map(shown) }
  }
}

const maxProblems = 10

export const argumentsRefused = (problems: readonly string[]): Failure =>
  new Failure({
    reason: 'arguments_refused',
    problems: problems.slice(0, maxProblems).map((problem) => problem.slice(0, 500)),
  })

const shown = (name: string) => JSON.stringify(name.slice(0, 64))

const scalars: readonly unknown[] = ['string', 'number', 'integer', 'boolean']

/** Copilot Studio's form of a date, `{ "$kind": "DateTime", "value": "…" }`. */
function unwrapped(type: unknown, value: unknown): unknown {
  const isWrapped =
    isObject(value) && Object.keys(value).sort().join() === '$kind,value' && scalars.includes(type)
  return isWrapped ? value.value : value
}

function coerced(type: unknown, value: unknown): unknown {
  if (typeof value !== 'string') return value
  switch (type) {
    case 'number':
    case 'integer':
      return /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(value) ? Number(value) : value
    case 'boolean':
      return /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value
    default:
      return value
  }
}
