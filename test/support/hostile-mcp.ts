/** An MCP server of the initialize era that behaves until a test changes it, and records its requests. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import * as z from 'zod'
import { listen } from '../../local/host/listen.ts'

export type Asked = {
  id: unknown
  method: string
  /** The bearer token that came. */
  token: string
  headers: IncomingHttpHeaders
}
export type Reply = (response: ServerResponse, asked: Asked) => void

const message = z.object({ id: z.unknown().optional(), method: z.string().default('') })

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  raw(status, JSON.stringify(body), headers)
export const raw =
  (status: number, body: string, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }
export const result =
  (value: unknown, headers: Record<string, string> = {}): Reply =>
  (response, { id }) =>
    json(200, { jsonrpc: '2.0', id, result: value }, headers)(response, nothing)
const nothing: Asked = { id: null, method: '', token: '', headers: {} }

const honest: Record<string, Reply> = {
  'server/discover': json(400, {}),
  initialize: result({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'hostile', version: '1' },
  }),
  'notifications/initialized': (response) => response.writeHead(202).end(),
  'tools/list': result({ tools: [{ name: 'list_notes', inputSchema: { type: 'object' } }] }),
  'tools/call': result({ content: [{ type: 'text', text: 'fine' }] }),
}

export type HostileMcp = Awaited<ReturnType<typeof startHostileMcp>>

export async function startHostileMcp() {
  let replies = honest
  let asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const { id, method } = message.parse(text ? JSON.parse(text) : {})
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const it = { id, method, token, headers: request.headers }
    asked.push(it)
    const reply = replies[method] ?? json(404, {})
    reply(response, it)
  })
  const { port, close } = await listen(server, 0)
  return {
    url: `http://localhost:${port}/mcp`,
    asked: () => asked,
    behave(changes: Record<string, Reply> = {}) {
      replies = { ...honest, ...changes }
      asked = []
    },
    close,
  }
}
