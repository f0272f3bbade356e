/** A forward proxy on loopback, as companies have them: absolute URLs for http (RFC 9112 §3.2.2), tunnels for https. */
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import { connect } from 'node:net'
import { pipeline } from 'node:stream'

export type HttpProxy = Awaited<ReturnType<typeof startProxy>>

/** `tunnelTo`: the loopback port behind every tunnel; without it they are refused. */
export async function startProxy({ tunnelTo }: { tunnelTo?: number } = {}) {
  /** `host:port` of each request and tunnel. */
  let asked: string[] = []
  let authorizations: (string | undefined)[] = []
  const server = createServer((incoming, outgoing) => {
    const target = new URL(incoming.url ?? '')
    asked.push(target.host)
    authorizations.push(incoming.headers['proxy-authorization'])
    const { method, headers } = incoming
    const passedOn = send(target, { method, headers }, (answer) => {
      if (outgoing.destroyed) {
        answer.destroy()
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, outgoing, () => {})
    })
    passedOn.on('error', () => outgoing.destroy())
    pipeline(incoming, passedOn, () => {})
  })
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push(url)
    authorizations.push(headers['proxy-authorization'])
    if (tunnelTo === undefined) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    const far = connect(tunnelTo, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      pipeline(far, socket, far, () => {})
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    asked: () => asked,
    authorizations: () => authorizations,
    reset() {
      asked = []
      authorizations = []
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
