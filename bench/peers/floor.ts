/**
 * The floor: the least that a call can be made of, put together by hand. No SDK, and no check of anything but the
 * token: not a server to use, a measure for those that are.
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
