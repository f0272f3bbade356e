/**
 * The far side of every subject: Entra, Azure Resource Manager and an MCP server in one process, controlled over IPC
 * (far-side.ts). ARM answers for the user in the downstream token.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { ownerMark, tenantId } from './directory.ts'
import { type Answer, discovery, oidIn, throttled, tokenAnswer } from './entra.ts'
import type { FarSideRequest } from './far-side.ts'
import { mcpAnswer } from './mcp.ts'

let jwks: unknown
let faults = { delayMs: 0, failingShare: 0, slowUser: '' }
let exchanges = 0

const server = createServer(async (request, response) => {
  const given = await answer(request)
  if (!(given instanceof Response)) return send(response, given)
  response.writeHead(given.status, [...given.headers].flat()).end(await given.text())
})

async function answer(request: IncomingMessage): Promise<Answer | Response> {
  const { url = '', headers } = request
  if (url.startsWith('/arm/subscriptions')) return subscriptions(headers.authorization ?? '')
  // MSAL appends a query.
  if (url.startsWith(`/${tenantId}/oauth2/v2.0/token`)) {
    const form = await text(request)
    // This project also requests one token of its own, to read consents.
    if (!form.includes('grant_type=client_credentials')) exchanges += 1
    if (faults.delayMs > 0) await pause(faults.delayMs)
    return Math.random() < faults.failingShare ? throttled : tokenAnswer(form, origin())
  }
  if (url.endsWith('/openid-configuration')) return { status: 200, body: discovery(origin()) }
  if (url.startsWith('/mcp')) return mcpAnswer(await webRequest(request))
  if (url.endsWith('/keys')) return { status: 200, body: jwks }
  return { status: 404, body: {} }
}

async function subscriptions(authorization: string): Promise<Answer> {
  const oid = oidIn(authorization)
  if (!oid) return { status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } }
  if (oid === faults.slowUser) await pause(1000)
  const value = ['production', 'test'].map((name, index) => ({
    subscriptionId: oid.replace('b', String(index)),
    displayName: `${ownerMark(oid)}, ${name}`,
    state: 'Enabled',
  }))
  return { status: 200, body: { value } }
}

async function webRequest(request: IncomingMessage): Promise<Request> {
  return new Request(`${origin()}${request.url}`, {
    method: 'POST',
    headers: Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    body: await text(request),
  })
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const json = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }
  response.writeHead(status, headers).end(json)
}

const origin = () => {
  const address = server.address()
  return `http://localhost:${typeof address === 'object' ? address?.port : 0}`
}

process.on('message', (request: FarSideRequest) => {
  if (request.kind === 'keys') jwks = request.jwks
  if (request.kind === 'faults') faults = request
  process.send?.({ exchanges, origin: origin() })
  if (request.kind === 'reset') exchanges = 0
})
process.on('disconnect', () => process.exit())

// Keeps connections open between rounds: a connection that closes would count as the subject's failure.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => process.send?.({ exchanges, origin: origin() }))
