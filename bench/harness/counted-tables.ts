/** Azurite behind a proxy that counts requests. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { startTables } from '../../local/tables.ts'

export type CountedTables = {
  /** URL of the account's tables, without trailing slash. */
  url: string
  /** Requests so far. */
  requests: () => number
  close: () => Promise<void>
}

/** Counts requests by their first line. */
export async function startCountedTables(): Promise<CountedTables> {
  const tables = await startTables({ port: 0 })
  const { port, pathname } = new URL(tables.url)
  const sockets = new Set<Socket>()
  let requests = 0
  const proxy = createServer((client) => {
    const service = connect(Number(port), '127.0.0.1')
    for (const socket of [client, service]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.on('data', (chunk) => {
      if (/^(GET|POST|PUT|PATCH|MERGE|DELETE) /.test(String(chunk))) requests += 1
    })
    client.pipe(service).pipe(client)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  const at = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://localhost:${at}${pathname}`,
    requests: () => requests,
    async close() {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await tables.close()
    },
  }
}
