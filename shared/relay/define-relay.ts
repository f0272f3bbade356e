/**
 * Defines an endpoint whose tools belong to another MCP server and are called as the user. Only the tools that the
 * definition names are listed and can be called; scopes, roles, limits and audit are those of any endpoint.
 * far-server.ts calls the other server.
 */
import { type DownstreamDefinition, defineDownstream, setting } from '../downstreams.ts'
import type { Access } from '../mcp/access.ts'
import { defineEndpoint, type EndpointDefinition } from '../mcp/define-endpoint.ts'
import type { Tool } from '../mcp/tool.ts'
import { farServer } from './far-server.ts'

export type RelayDefinition = Pick<EndpointDefinition, 'name' | 'title' | 'instructions'> & {
  server: {
    /** Its MCP URL. The app setting <NAME>_BASE_URL overrides it. */
    url: string
    /** Its name for people, and the scope to request a token for. */
    downstream: Pick<DownstreamDefinition, 'name' | 'resource' | 'scope' | 'appId' | 'scopeId'>
  }
  /** By their names at the other server. */
  tools: Readonly<Record<string, RelayedTool>>
}

export type RelayedTool = {
  access: Access
  /**
   * Announced as read-only unless `writes`. A call is retried after a 503 only with `reads`; without an effect, it never
   * is.
   */
  effect?: Tool['effect']
  /** Its name at this endpoint, if that differs. */
  name?: string
  /** Replaces the other server's description. */
  description?: string
}

/**
 * Defines an endpoint that relays tools of another MCP server. Schemas, arguments and results pass unchanged, up to
 * 1 MiB (docs/relay.md).
 *
 * @throws Error for an invalid name of the endpoint, and for two tools of one name
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
  const baseUrl = setting(settingName, server.url)
  const downstream = defineDownstream({ ...server.downstream, baseUrl })
  const far = farServer(downstream)
  const named = Object.entries(tools).map(([farName, tool]) => ({
    ...{ name: farName, ...tool, farName },
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
