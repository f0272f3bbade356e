/**
 * The Entra emulator: one tenant, on loopback only, over http or (with a certificate) https. Keeps everything in memory.
 * This module starts and stops it; routes.ts has the paths, tenant.ts the state, admin.ts the controls.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { getRequestListener } from '@hono/node-server'
import { freePort } from '../ports.ts'
import type { Directory } from '../seed.ts'
import { type Admin, createAdmin } from './admin.ts'
import { createFaults } from './faults.ts'
import { createRequestLog } from './request-log.ts'
import { createRoutes } from './routes.ts'
import { createTenant } from './tenant.ts'

export type Entra = {
  /** `http://localhost:<port>`, or https with a certificate. */
  origin: string
  tenantId: string
  /** The value of `X-IDENTITY-HEADER` at `<origin>/msi/token`; new on every start. */
  identityHeader: string
  admin: Admin
  /** Closes open connections, too. */
  close(): Promise<void>
}

/** `localhost` resolves to either address, depending on the client. */
const loopback = new Map([
  ['localhost', ['127.0.0.1', '::1']],
  ['127.0.0.1', ['127.0.0.1']],
  ['::1', ['::1']],
])

/**
 * @param options.port 0: any free port
 * @throws `EADDRINUSE` when the port is taken; an Error for a host that is not loopback
 */
export async function startEntra(options: {
  port: number
  directory: Directory
  host?: string
  /** PEM. Serves https with it. */
  tls?: { certificate: string; key: string } | undefined
}): Promise<Entra> {
  const { host = 'localhost', directory, tls } = options
  const addresses = loopback.get(host)
  if (!addresses) {
    throw new Error(
      `The Entra emulator issues tokens to anyone, so it binds to loopback only, not to ${host}.`,
    )
  }

  let answer: RequestListener = (_request, response) => response.writeHead(503).end()
  // Picked first: a port that is free at one address may be taken at the other.
  const port = options.port || (await freePort())
  const listener: RequestListener = (...exchange) => answer(...exchange)
  const create = () =>
    tls
      ? createTlsServer({ cert: tls.certificate, key: tls.key }, listener)
      : createServer(listener)
  const servers = await listenOnAll(addresses, port, create)
  const origin = `${tls ? 'https' : 'http'}://localhost:${port}`
  const tenant = await createTenant({ origin, directory })
  const faults = createFaults()
  const log = createRequestLog()
  const admin = createAdmin({ tenant, faults, log })
  const identityHeader = randomUUID()
  const routes = createRoutes({ tenant, admin, faults, log, identityHeader })
  answer = getRequestListener(routes.fetch, { overrideGlobalObjects: false })

  return {
    origin,
    tenantId: tenant.tenantId,
    identityHeader,
    admin,
    close: async () => {
      await Promise.all(servers.map(close))
    },
  }
}

async function listenOnAll(
  addresses: string[],
  port: number,
  create: () => Server,
): Promise<Server[]> {
  const servers: Server[] = []
  try {
    for (const address of addresses) {
      const server = await listen(address, port, create())
      if (server) servers.push(server)
    }
    if (servers.length === 0) throw new Error('No loopback address to listen on.')
    return servers
  } catch (error) {
    await Promise.all(servers.map(close))
    throw error
  }
}

/** Undefined where the machine lacks this address family. */
function listen(address: string, port: number, server: Server): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL') resolve(undefined)
      else reject(error)
    })
    server.listen(port, address, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
