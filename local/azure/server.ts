/**
 * The Azure emulator for local work and tests: Azure Resource Manager with Cost Management, and a small Microsoft Graph.
 * Both answer what the signed-in user may read. Opens and closes the port, on loopback only.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Directory, Subscription } from '../seed.ts'
import type { Admin } from './admin.ts'
import { createApp } from './app.ts'

export type Azure = {
  origin: string
  /** Base URL instead of `https://management.azure.com`. */
  arm: string
  /** Base URL instead of `https://graph.microsoft.com`. */
  graph: string
  admin: Admin
  /** Closes open connections, too. */
  close: () => Promise<void>
}

/** @throws `EADDRINUSE` when the port is taken */
export async function startAzure(options: {
  /** 0: any free port. */
  port: number
  directory: Directory
  /** The tokens' issuer; its keys are fetched when the first token arrives. */
  entraOrigin: string
  subscriptions: Subscription[]
  /** The clock of costs and links (not of tokens). */
  today?: () => Date
}): Promise<Azure> {
  const { port, entraOrigin, today: now = () => new Date() } = options
  const { directory, subscriptions } = structuredClone({
    directory: options.directory,
    subscriptions: options.subscriptions,
  })
  const server = createServer()
  server.listen(port, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const origin = `http://localhost:${address.port}`
  const app = createApp({ origin, directory, entraOrigin, subscriptions, now })
  server.on('request', getRequestListener(app.fetch))
  return {
    origin,
    arm: `${origin}/arm`,
    graph: `${origin}/graph`,
    admin: app.admin,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
