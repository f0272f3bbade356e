/**
 * Passes a call on to another MCP server: with a relay (`BENCH_RELAY=relay`), or with the official client alone, which
 * checks nothing and uses the caller's token.
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  Client,
  type PriorDiscovery,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import * as z from 'zod'
import { costReader } from '../../functions/cost/access.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import { downstreamsOf } from '../../shared/mcp/define-endpoint.ts'
import { endpoint } from '../../shared/mcp/endpoint.ts'
import { defineRelay } from '../../shared/relay/define-relay.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'

type Pass = (authorization: string, body: string, incoming: Request) => Promise<string>
const { BENCH_RELAY, BENCH_FAR_URL: url = '' } = process.env

function relay(): Pass {
  const definition = defineRelay({
    name: 'cost',
    title: 'Azure costs',
    server: { url, downstream: { name: 'Far server', resource: 'api://far', scope: 'Far.Use' } },
    tools: { list_subscriptions: { access: costReader } },
  })
  const settings = parseSettings(process.env, [arm, graph, ...downstreamsOf([definition])])
  const { handle } = endpoint(definition, createServices(settings))
  const auditLog = createWriteStream('audit.log')
  const log = (line: string) => void auditLog.write(`${line}\n`)
  return async (_authorization, body, incoming) =>
    (await handle(incoming, { log, reference: randomUUID(), body })).text()
}

const call = z.object({ id: z.number(), params: z.object({ name: z.string() }) })

function alone(): Pass {
  let prior: PriorDiscovery | undefined
  return async (authorization, body) => {
    const { id, params } = call.parse(JSON.parse(body))
    const client = new Client(
      { name: 'bench', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    )
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { authorization } },
    })
    await client.connect(transport, prior && { prior })
    const discover = client.getDiscoverResult()
    prior ??= discover ? { kind: 'modern', discover } : { kind: 'legacy' }
    const result = await client.callTool({ name: params.name, arguments: {} })
    await client.close()
    return JSON.stringify({ jsonrpc: '2.0', id, result })
  }
}

const pass = BENCH_RELAY === 'relay' ? relay() : alone()
const server = createServer(async (incoming, outgoing) => {
  const { authorization = '', ...headers } = incoming.headers
  const body = await text(incoming)
  const request = new Request(`http://localhost${incoming.url}`, {
    method: 'POST',
    headers: Object.entries({ ...headers, authorization }).map(([name, value]) => [
      name,
      String(value),
    ]),
  })
  const answer = await pass(authorization, body, request).catch(String)
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(answer)
})
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  console.log(`http://localhost:${port}/mcp/cost`)
})
