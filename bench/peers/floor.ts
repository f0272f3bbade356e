/**
 * The floor: the minimum of a call, written by hand, without an SDK and with no check but the token's. A yardstick, not a
 * server to use.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { answerCall } from './floor-call.ts'
import { announce } from './settings.ts'

const server = createServer(async (request, response) => {
  const body = await text(request)
  try {
    const json = await answerCall(request.headers.authorization ?? '', body)
    response.writeHead(200, { 'content-type': 'application/json' }).end(json)
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
})
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => announce(server))
