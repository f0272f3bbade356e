/**
 * A tool is one declarative object: what it is called, whom it serves, where it goes, what it takes and gives. How it
 * is served is tool-handler.ts's.
 */
import type { Api } from '../downstream/api.ts'
import type { Downstream } from '../downstreams.ts'
import { Failure } from '../failure.ts'
import * as z from '../zod.ts'
import type { Access } from './access.ts'

export type ToolContext<Input> = {
  input: Input
  /** The downstream API, signed in as the caller. */
  api: Api
  /** Who is calling, to bind things to; never a proof of anything, and never a token. */
  user: { tid: string; oid: string }
  /** For text that a tool gives out and takes back in a later call: a signature holds for this tool and user only. */
  binding: {
    sign: (text: string) => string
    verify: (text: string, signature: string) => boolean
  }
  /** Milliseconds since 1970 by which the tool should have answered. */
  deadline: number
  now: () => number
}

export type ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> = {
  /** snake_case, verb_noun. */
  name: string
  /** For a model that knows nothing of the API behind. */
  description: string
  /** `reads` is announced as `readOnlyHint`. */
  effect: 'reads' | 'writes'
  access: Access
  downstream: Downstream
  input: Input
  output: Output
  run: (context: ToolContext<z.output<Input>>) => Promise<z.input<Output>>
}

/** A tool whose types have done their work: what an endpoint serves. */
export type Tool = Pick<
  ToolDefinition<z.ZodObject, z.ZodObject>,
  'name' | 'description' | 'effect' | 'access' | 'downstream'
> & {
  /** JSON Schema 2020-12, made once. */
  inputSchema: JsonSchema
  outputSchema: JsonSchema
  /** Checks the arguments, runs, checks the result. Throws a Failure `arguments_refused`, and what `run` throws. */
  call: (args: unknown, context: Omit<ToolContext<never>, 'input'>) => Promise<JsonObject>
}

export type JsonObject = Record<string, unknown>
type JsonSchema = JsonObject & { type: 'object' }

export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, description, effect, access, downstream, input, output, run } = definition
  return {
    ...{ name, description, effect, access, downstream },
    inputSchema: jsonSchema(input, 'input'),
    outputSchema: jsonSchema(output, 'output'),
    async call(args, context) {
      const parsed = input.safeParse(args ?? {})
      if (!parsed.success) throw argumentsRefused(parsed.error)
      return output.parse(await run({ ...context, input: parsed.data }))
    },
  }
}

const argumentsRefused = ({ issues }: z.ZodError) =>
  new Failure({
    reason: 'arguments_refused',
    problems: issues.map(({ path, message }) =>
      [path.join('.'), message].filter(Boolean).join(': '),
    ),
  })

/** Foundry refuses these; `z.union` and `z.discriminatedUnion` would emit them. */
const refusedKeywords = ['anyOf', 'oneOf', 'allOf']

function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...keywords } = z.toJSONSchema(schema, { io })
  const text = JSON.stringify(keywords)
  const refused = refusedKeywords.find((keyword) => text.includes(`"${keyword}":`))
  if (refused) throw new Error(`A tool's ${io} schema has ${refused}, which some clients refuse`)
  return { ...keywords, type: 'object' }
}
