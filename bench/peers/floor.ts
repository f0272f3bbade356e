/**
 * The floor: the least that a call can be made of, put together by hand. No SDK, and no check of anything but the
 * token: not a server to use, a measure for those that are.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { downstreamToken, subscriptionsOf, verify } from './floor-parts.ts'
import { announce } from './settings.ts'

const server = createServer(async (request, response) => {
  const body = await text(request)
  try {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const { scopes } = await verify(token)
    const { id, method, params } = JSON.parse(body)
    if (method !== 'tools/call' || params.name !== 'list_subscriptions') throw new Error('unknown')
    if (!scopes.includes('cost.read')) throw new Error('scope')
    const data = await subscriptionsOf(await downstreamToken(token))
    const content = [{ type: 'text', text: JSON.stringify(data) }]
    const isModern = params._meta !== undefined
    const result = {
      ...{ content, structuredContent: data },
      ...(isModern ? { resultType: 'complete' } : {}),
    }
    const json = JSON.stringify({ jsonrpc: '2.0', id, result })
    response.writeHead(200, { 'content-type': 'application/json' }).end(json)
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
})
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => announce(server))
