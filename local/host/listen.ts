/** Binds an HTTP server to the loopback address; `close` ends its connections, too. */
import { once } from 'node:events'
import type { Server } from 'node:http'

/**
 * @param port 0: any free port
 * @throws the system's error, such as `EADDRINUSE`
 */
export async function listen(
  server: Server,
  port: number,
): Promise<{ port: number; close: () => Promise<void> }> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('The server has no port')

  return {
    port: address.port,
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
