/** The far side's MCP server, on the official SDK: `/mcp` for protocol 2026-07-28, `/mcp-initialize` for the initialize era. */
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import { ownerMark } from './directory.ts'
import { type Answer, oidIn } from './entra.ts'

const tools = [{ name: 'list_subscriptions', inputSchema: { type: 'object' as const } }]

const { fetch } = createMcpHandler(
  ({ requestInfo }) => {
    const oid = oidIn(requestInfo?.headers.get('authorization') ?? '') ?? ''
    const server = new Server({ name: 'bench', version: '1' }, { capabilities: { tools: {} } })
    server.setRequestHandler('tools/list', () => ({ tools }))
    server.setRequestHandler('tools/call', () => ({
      content: [{ type: 'text', text: ownerMark(oid) }],
    }))
    return server
  },
  { maxSubscriptions: 0 },
)

/** `/mcp-initialize` refuses `server/discover`, so that clients initialize. */
export async function mcpAnswer(request: Request): Promise<Answer | Response> {
  const isOlder = new URL(request.url).pathname === '/mcp-initialize'
  const asksForEra = isOlder && (await request.clone().text()).includes('"server/discover"')
  return asksForEra ? { status: 400, body: {} } : fetch(request)
}
