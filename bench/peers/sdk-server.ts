/**
 * An MCP server on SDK v2 as in its guides ("Serve with Express", "Require authorization"): a factory creates the server
 * and registers its tools for each request.
 */
import { createMcpExpressApp, requireBearerAuth } from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { subscriptionsOf, verify } from './floor-parts.ts'
import { announce } from './settings.ts'

/** @param exchange returns the downstream token for an assertion */
export function serve(exchange: (assertion: string) => Promise<string>): void {
  const verifyAccessToken = async (token: string) => {
    const { scopes, expiresAt } = await verify(token)
    return { token, clientId: 'bench', scopes, expiresAt }
  }
  const auth = requireBearerAuth({ verifier: { verifyAccessToken }, requiredScopes: ['cost.read'] })
  const node = toNodeHandler(createMcpHandler(() => buildServer(exchange)))
  const app = createMcpExpressApp()
  app.all('/mcp/cost', auth, (request, response) => void node(request, response, request.body))
  const server = app.listen(0, '127.0.0.1', () => announce(server))
  server.keepAliveTimeout = 600_000
}

function buildServer(exchange: (assertion: string) => Promise<string>): McpServer {
  const server = new McpServer({ name: 'cost', version: '1.0.0' })
  server.registerTool(
    'list_subscriptions',
    {
      description: 'Lists the Azure subscriptions that the signed-in user may see.',
      inputSchema: z.object({}),
      outputSchema: z.object({
        subscriptions: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })),
      }),
    },
    async (_args, { http }) => {
      const data = await subscriptionsOf(await exchange(http?.authInfo?.token ?? ''))
      return {
        content: [{ type: 'text', text: JSON.stringify(data) }],
        structuredContent: data,
      }
    },
  )
  return server
}
