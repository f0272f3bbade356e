/** An endpoint is a value: what is served at /mcp/<name>. Serving it is for endpoint.ts, registering it for register.ts. */
import type { Downstream } from '../downstreams.ts'
import type { CallContext } from './call-context.ts'
import type { JsonObject } from './json-schema.ts'
import type { Tool } from './tool.ts'

export type EndpointDefinition = {
  /** The last part of its URL: /mcp/<name>. Lower case, digits and hyphens. */
  name: string
  /** For people: in sign-in pages and clients' lists. */
  title: string
  /** For models: what the tools do together, and which one to start with. */
  instructions?: string
  tools: readonly Tool[]
  /** Descriptions by another server, which may differ for each caller. By the tools' names at this endpoint. */
  describe?: (context: CallContext) => Promise<ReadonlyMap<string, ToolWords>>
}

export type ToolWords = Pick<Tool, 'description' | 'inputSchema'> & { outputSchema?: JsonObject }

/**
 * Defines an MCP endpoint, served at /mcp/<name>. Export it from a file in functions/ and run `npm run generate`.
 *
 * @throws Error for a name other than lower-case letters, digits and hyphens, and for two tools of one name
 * @example export const orders = defineEndpoint({ name: 'orders', title: 'Orders', tools: [listOrders] })
 */
export function defineEndpoint(definition: EndpointDefinition): EndpointDefinition {
  const { name, tools } = definition
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new Error(`Endpoint "${name}": the name must be lower-case letters, digits and hyphens`)
  }
  const names = tools.map((tool) => tool.name)
  const twice = names.find((it, index) => names.indexOf(it) !== index)
  if (twice) throw new Error(`Endpoint "${name}" has two tools named ${twice}`)
  return definition
}

/** The APIs behind the endpoints' tools, each once. */
export const downstreamsOf = (endpoints: readonly EndpointDefinition[]): Downstream[] => [
  ...new Set(endpoints.flatMap(({ tools }) => tools.flatMap(({ downstreams }) => downstreams))),
]
