/** A proxy in front of the table service that can be slow or fail, as a network does. Knows nothing of tables. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { listen } from '../../local/host/listen.ts'
import { connectionTo } from '../../local/tables.ts'

/** May wait; a status is answered in place of the service, an error cuts the connection. */
export type Rule = (asked: { method: string; path: string }) => Promise<number | undefined>

export type TableProxy = {
  connection: string
  /** Sets the rule; without one every request passes. */
  behave: (rule?: Rule) => void
  /** Methods and paths, oldest first. */
  seen: string[]
  close: () => Promise<void>
}

export async function startTableProxy(url: string): Promise<TableProxy> {
  const target = new URL(url)
  const pass: Rule = async () => undefined
  let rule = pass
  const seen: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url: path = '' } = incoming
    seen.push(`${method} ${path}`)
    try {
      const status = await rule({ method, path })
      if (status === undefined) return forward(incoming, outgoing, target)
      incoming.resume()
      outgoing.writeHead(status).end()
    } catch {
      incoming.destroy()
    }
  })
  const { port, close } = await listen(server, 0)
  return {
    connection: connectionTo(`http://localhost:${port}${target.pathname}`),
    behave(next = pass) {
      rule = next
    },
    seen,
    close,
  }
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: URL): void {
  const { method, headers, url: path } = incoming
  const { hostname, port } = target
  const asked = request({ hostname, port, path, method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  asked.on('error', () => incoming.destroy())
  incoming.pipe(asked)
}
