/**
 * The JSON Schema of a tool that clients see, made once from its zod schema. A keyword that a major client refuses or
 * changes is an error at start, because such a client would lose all tools of the endpoint.
 */
import { isObject } from '../json.ts'
import * as z from '../zod.ts'

export type JsonObject = Record<string, unknown>
export type JsonSchema = JsonObject & { type: 'object' }

/** @throws Error that names the tool, for a keyword that a major client refuses */
export function jsonSchema(tool: string, schema: z.ZodObject, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...keywords } = written(tool, schema, io)
  const [problem] = problemsOf(keywords)
  if (problem) throw new Error(`The ${io} schema of the tool ${tool} has ${problem}`)
  // arguments.ts handles what clients add nevertheless.
  const closed = io === 'input' && { additionalProperties: false }
  return { ...keywords, type: 'object', ...closed }
}

function written(tool: string, schema: z.ZodObject, io: 'input' | 'output') {
  try {
    return z.toJSONSchema(schema, {
      io,
      // The format date-time says enough, and zod's pattern is long.
      override({ jsonSchema }) {
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      },
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `The ${io} schema of the tool ${tool} has a type that JSON does not have (${why}): use text, numbers, booleans, lists and objects, and turn them into others in run`,
      { cause },
    )
  }
}

const always = () => true
const choice = 'describe the choice in words and check it with refine'
const reference = 'write the schema out where it is used'
const text = 'describe the text in words and check it with refine'

// Foundry refuses anyOf, oneOf and allOf, Gemini any format but date-time (google-gemini/gemini-cli#2237); Copilot
// Studio makes objects of texts with a format of dates. Several clients resolve no $ref.
const refused: [keyword: string, isRefused: (value: unknown) => boolean, cure: string][] = [
  ['anyOf', always, choice],
  ['oneOf', always, choice],
  ['allOf', always, choice],
  ['not', always, choice],
  ['$ref', always, reference],
  ['$defs', always, reference],
  ['type', Array.isArray, 'give it one type; optional serves where nullable would'],
  ['format', (value) => value !== 'date-time', text],
  ['pattern', (value) => typeof value === 'string' && value.length > 100, text],
]

/** What some clients refuse, and what to write instead. Keys of `properties` are names, even those like keywords. */
export function problemsOf(schema: unknown, at = 'its root', areNames = false): string[] {
  if (!isObject(schema)) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    const rule = areNames ? undefined : refused.find(([keyword]) => keyword === key)
    if (rule?.[1](value)) return `${key} in ${at}, which some clients refuse: ${rule[2]}`
    const isProperties = !areNames && key === 'properties'
    return problemsOf(value, areNames ? key : at, isProperties)
  })
}
