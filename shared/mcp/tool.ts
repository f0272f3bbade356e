/**
 * Defines a tool as one declarative object: name, access, downstream API, input, output and `run`. tool-handler.ts
 * serves it.
 */
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'
import type { Downstream } from '../downstreams.ts'
import type { Remember } from '../remembered-answers.ts'
import type * as z from '../zod.ts'
import type { Access } from './access.ts'
import { type ApisOf, apisOf, type Downstreams, downstreamsOf } from './apis.ts'
import { argumentReader, argumentsRefused } from './arguments.ts'
import type { CallContext } from './call-context.ts'
import { type JsonSchema, jsonSchema } from './json-schema.ts'
import { dataResult } from './result.ts'
import type { Ui } from './ui.ts'

export type ToolContext<Input, Of extends Downstreams> = Omit<
  CallContext,
  'apiOf' | 'exchangeOf' | 'rememberFrom'
> & {
  input: Input
  /** The downstream API, or several by name, signed in as the caller. */
  api: ApisOf<Of>
  /** Keeps answers to this user in this client for ten minutes. */
  remember: Remember
}

export type ToolDefinition<
  Input extends z.ZodObject,
  Output extends z.ZodObject,
  Of extends Downstreams,
> = {
  /** snake_case, verb_noun. */
  name: string
  /** For a model that knows nothing of the API behind. */
  description: string
  /** `reads` is announced as `readOnlyHint`. */
  effect: 'reads' | 'writes'
  access: Access
  /** One API, or several by name: `{ arm, graph }`. */
  downstream: Of
  input: Input
  output: Output
  /** A page that shows its results, in clients that can. */
  ui?: Ui
  /** Returns data that fits `output`, or {@link withContent} of it. */
  run: (
    context: ToolContext<z.output<Input>, Of>,
  ) => Promise<z.input<Output> | WithContent<z.input<Output>>>
}

/**
 * A result with more content for the model than its data: text, an image, a link. The blocks follow the text of the data
 * (MCP, "Tool Result").
 *
 * @example withContent({ rows }, [{ type: 'image', data: png.toString('base64'), mimeType: 'image/png' }])
 */
export const withContent = <Data>(data: Data, content: readonly ContentBlock[]) =>
  new WithContent(data, content)

class WithContent<Data> {
  readonly data: Data
  readonly content: readonly ContentBlock[]

  constructor(data: Data, content: readonly ContentBlock[]) {
    this.data = data
    this.content = content
  }
}

/** A defined tool, as an endpoint serves it. */
export type Tool = Pick<
  ToolDefinition<z.ZodObject, z.ZodObject, Downstreams>,
  'name' | 'description' | 'effect' | 'access' | 'ui'
> & {
  downstreams: readonly Downstream[]
  /** JSON Schema 2020-12, made once. */
  inputSchema: JsonSchema
  outputSchema?: JsonSchema
  /** Checks the arguments, runs, and checks the result. @throws Failure `arguments_refused`, and what `run` throws */
  call: (args: unknown, context: CallContext) => Promise<CallToolResult>
}

/**
 * Defines a tool. The compiler checks that `run` returns what `output` describes.
 *
 * @throws Error that names the tool, for a schema that major clients refuse (json-schema.ts)
 * @example
 * export const listOrders = defineTool({
 *   name: 'list_orders',
 *   description: 'Lists the orders of the signed-in user.',
 *   effect: 'reads',
 *   access: userScope('orders.read', { title: 'Read orders', description: 'Reads orders, as you.' }),
 *   downstream: orders,
 *   input: z.strictObject({}),
 *   output: z.object({ orders: z.array(order) }),
 *   run: async ({ api }) => ({ orders: await api.get('/orders', z.array(order)) }),
 * })
 */
export function defineTool<
  Input extends z.ZodObject,
  Output extends z.ZodObject,
  Of extends Downstreams,
>(definition: ToolDefinition<Input, Output, Of>): Tool {
  const { name, description, effect, access, downstream, input, output, ui, run } = definition
  const inputSchema = jsonSchema(name, input, 'input')
  const readArguments = argumentReader({ input, inputSchema, effect })
  return {
    ...{ name, description, effect, access, downstreams: downstreamsOf(downstream) },
    ...(ui && { ui }),
    inputSchema,
    outputSchema: jsonSchema(name, output, 'output'),
    async call(args, { apiOf, exchangeOf: _exchangeOf, rememberFrom, ...context }) {
      const { read, ignored } = readArguments(args)
      const note =
        ignored.length > 0 &&
        `Ignored, since this tool has no such arguments: ${ignored.join(', ')}`
      const parsed = input.safeParse(read)
      if (!parsed.success)
        throw argumentsRefused([...problemsOf(parsed.error), ...(note ? [note] : [])])
      const api = apisOf(downstream, apiOf)
      const remember = rememberFrom(downstreamsOf(downstream))
      const result = await run({ ...context, remember, input: parsed.data, api })
      const { data, content } =
        result instanceof WithContent ? result : { data: result, content: [] }
      const noted: ContentBlock[] = note ? [{ type: 'text', text: note }] : []
      return dataResult(output.parse(data), [...noted, ...content])
    },
  }
}

const problemsOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
