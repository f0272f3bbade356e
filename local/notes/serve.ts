/** The notes server on either generation of the official SDK, as its documentation shows it. */

import { randomUUID } from 'node:crypto'
import { Server as ServerV1 } from '@modelcontextprotocol/sdk/server/index.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, Server as ServerV2 } from '@modelcontextprotocol/server'
import type { Notes } from './data.ts'
import { callTool, tools } from './tools.ts'

/** `upn`: sign-in name of the token's user. */
export type Serve = (request: Request, upn: string) => Promise<Response>

const info = { name: 'contoso-notes', version: '1.0.0' }
const options = { capabilities: { tools: {} } }

/** SDK v1: the initialize era, with sessions and streams. */
export function serveV1(notes: Notes): Serve {
  const sessions = new Map<
    string,
    { upn: string; transport: WebStandardStreamableHTTPServerTransport }
  >()

  const open = async (upn: string) => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, { upn, transport })
      },
      onsessionclosed: (id) => {
        sessions.delete(id)
      },
    })
    const server = new ServerV1(info, options)
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
    server.setRequestHandler(CallToolRequestSchema, ({ params: { name, arguments: args = {} } }) =>
      callTool(notes, { upn, name, args }),
    )
    await server.connect(transport)
    return transport
  }

  return async (request, upn) => {
    const id = request.headers.get('mcp-session-id')
    if (id === null) return (await open(upn)).handleRequest(request)
    const session = sessions.get(id)
    // Only the user who opened a session may use it.
    if (session?.upn !== upn) return new Response(null, { status: 404 })
    return session.transport.handleRequest(request)
  }
}

/** SDK v2: protocol 2026-07-28 only. */
export function serveV2(notes: Notes): Serve {
  const users = new WeakMap<Request, string>()
  const handler = createMcpHandler(
    ({ requestInfo }) => {
      const upn = (requestInfo && users.get(requestInfo)) ?? ''
      const server = new ServerV2(info, options)
      server.setRequestHandler('tools/list', () => ({ tools }))
      server.setRequestHandler('tools/call', ({ params: { name, arguments: args = {} } }) =>
        callTool(notes, { upn, name, args }),
      )
      return server
    },
    { legacy: 'reject', maxSubscriptions: 0 },
  )
  return (request, upn) => {
    users.set(request, upn)
    return handler.fetch(request)
  }
}
