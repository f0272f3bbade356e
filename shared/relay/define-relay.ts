/**
 * An endpoint whose tools are those of another MCP server, called as the user. Only tools that are named are listed and
 * callable; scopes, roles, limits and audit are as for tools of one's own. How the other server is spoken to is
 * far-server.ts's.
 */
import { type DownstreamDefinition, defineDownstream, setting } from '../downstreams.ts'
import type { Access } from '../mcp/access.ts'
import { defineEndpoint, type EndpointDefinition } from '../mcp/define-endpoint.ts'
import type { Tool } from '../mcp/tool.ts'
import { farServer } from './far-server.ts'

export type RelayDefinition = Pick<EndpointDefinition, 'name' | 'title' | 'instructions'> & {
  server: {
    /** Where it speaks MCP over HTTP. The app setting <NAME>_BASE_URL puts another in its place. */
    url: string
    /** As people know it, and what a token for it is asked for. */
    downstream: Pick<DownstreamDefinition, 'name' | 'resource' | 'scope' | 'appId' | 'scopeId'>
  }
  /** By the other server's names. */
  tools: Readonly<Record<string, RelayedTool>>
}

export type RelayedTool = {
  access: Access
  /** Announced as read-only unless `writes`. Only a call of a tool that says `reads` is sent again after a 503. */
  effect?: Tool['effect']
  /** Its name here, if it has another. */
  name?: string
  /** Ours, in place of the other server's. */
  description?: string
}

/**
 * Schemas, arguments and results pass as they are.
 *
 * @throws an Error for a name that cannot be an endpoint's, and for two tools of one name
 * @example
 * export const devOps = defineRelay({
 *   name: 'devops',
 *   title: 'Azure DevOps',
 *   server: { url: 'https://mcp.dev.azure.com/contoso', downstream: azureDevOps },
 *   tools: { wit_list_work_items: { access: workRead } },
 * })
 */
export function defineRelay(definition: RelayDefinition): EndpointDefinition {
  const { server, tools, ...endpoint } = definition
  const settingName = `${endpoint.name.toUpperCase().replaceAll('-', '_')}_BASE_URL`
  const downstream = defineDownstream({
    ...server.downstream,
    baseUrl: setting(settingName, server.url),
  })
  const far = farServer(downstream)
  const named = Object.entries(tools).map(([farName, tool]) => ({
    name: farName,
    ...tool,
    farName,
  }))

  return defineEndpoint({
    ...endpoint,
    tools: named.map(({ farName, name, description = '', access, effect }) => ({
      ...{ name, description, access, effect: effect ?? 'reads', downstreams: [downstream] },
      inputSchema: { type: 'object' },
      call: (args, context) => far.call({ farName, args, reads: effect === 'reads' }, context),
    })),
    async describe(context) {
      const found = await far.tools(context)
      return new Map(
        named.flatMap(({ farName, name, description }) => {
          const words = found.get(farName)
          return words ? [[name, { ...words, ...(description && { description }) }] as const] : []
        }),
      )
    },
  })
}
