/** The cost endpoint behind `node:http`, without the Functions model, with `BENCH_TOOLS` tools. */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { listSubscriptions } from '../../functions/cost/list-subscriptions.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import { endpoint } from '../../shared/mcp/endpoint.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { generatedTools } from './generated-tools.ts'

const { BENCH_TOOLS = '1' } = process.env
const settings = parseSettings(process.env, [arm, graph])
const tools = [listSubscriptions, ...generatedTools(Number(BENCH_TOOLS) - 1)]
const definition = { name: 'cost', title: 'Azure costs', tools }
const { handle } = endpoint(definition, createServices(settings))
const auditLog = createWriteStream('audit.log')
// Writes the lines of one turn of the event loop together: the cost of a stream per line is not this project's.
let lines = ''
const write = () => {
  auditLog.write(lines)
  lines = ''
}
const log = (line: string) => {
  if (lines === '') setImmediate(write)
  lines += `${line}\n`
}

const server = createServer(async (incoming, outgoing) => {
  const { method = 'GET', url = '/', headers } = incoming
  const request = new Request(`${settings.publicBaseUrl}${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
  })
  const body = await text(incoming)
  const response = await handle(request, { log, reference: randomUUID(), body })
  outgoing.writeHead(response.status, [...response.headers].flat()).end(await response.text())
})
// Keeps connections open between rounds: a connection that closes would count as a failure.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  console.log(`http://localhost:${port}/mcp/cost`)
})
