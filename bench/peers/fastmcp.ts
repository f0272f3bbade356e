/** fastmcp in stateless mode, with the floor's token check and exchange. */
import { FastMCP } from 'fastmcp'
import * as z from 'zod'
import { freePort } from '../../local/ports.ts'
import { downstreamToken, subscriptionsOf, verify } from './floor-parts.ts'

const server = new FastMCP<{ token: string }>({
  name: 'cost',
  version: '1.0.0',
  async authenticate({ headers }) {
    const token = headers.authorization?.slice('Bearer '.length) ?? ''
    const { scopes } = await verify(token)
    if (!scopes.includes('cost.read')) throw new Response(null, { status: 403 })
    return { token }
  },
})

server.addTool({
  name: 'list_subscriptions',
  description: 'Lists the Azure subscriptions that the signed-in user may see.',
  parameters: z.object({}),
  execute: async (_args, { session }) =>
    JSON.stringify(await subscriptionsOf(await downstreamToken(session?.token ?? ''))),
})

// fastmcp does not report the port of `port: 0`.
const port = await freePort()
await server.start({
  transportType: 'httpStream',
  httpStream: {
    port,
    host: '127.0.0.1',
    endpoint: '/mcp/cost',
    stateless: true,
    enableJsonResponse: true,
  },
})
console.log(`http://localhost:${port}/mcp/cost`)
