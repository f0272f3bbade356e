/**
 * The function app on the local host, in this process, between both emulators: everything over HTTP, and with all
 * controls. Once per test file, since the app reads its settings once.
 */
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { endpoints } from '../../functions/endpoints.ts'
import { oauth } from '../../functions/oauth.ts'
import type { Forgery } from '../../local/entra/forge.ts'
import { startFunctionApp } from '../../local/function-app.ts'
import { freePort } from '../../local/ports.ts'
import { clients, type User } from '../../local/seed.ts'
import { graph } from '../../shared/downstreams.ts'
import { downstreamsOf } from '../../shared/mcp/define-endpoint.ts'
import type { PublicGet } from '../../shared/oauth/public-get.ts'
import { register } from '../../shared/register.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { hostLog } from './audit-record.ts'
import { startEmulators } from './emulators.ts'
import { initializeEra, type Message, toolResultOf } from './mcp-request.ts'

export type HostedProduct = Awaited<ReturnType<typeof startHostedProduct>>

/**
 * @param settings app settings that replace the local stack's
 * @param options.publicGet where documents of clients come from, instead of the internet
 * @param options.bundle path of the app's bundle, instead of its sources
 */
export async function startHostedProduct(
  settings: Record<string, string> = {},
  { publicGet, bundle }: { publicGet?: PublicGet; bundle?: string } = {},
) {
  await using started = new AsyncDisposableStack()
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part =>
    started.adopt(part, () => part.close())

  const port = await freePort()
  const origin = `http://localhost:${port}`
  const { entra, azure, ...emulators } = keep(await startEmulators({ origin }))
  const environment = { ...emulators.environment, ...settings }
  const prepare = () => {
    Object.assign(process.env, environment)
  }
  const { log, take: takeRecords } = hostLog()
  keep(
    await startFunctionApp({
      ...{ port, adminKey: undefined, prepare, log },
      ...(publicGet && { load: () => loadWith({ publicGet }) }),
      ...(bundle && { load: () => import(pathToFileURL(bundle).href) }),
    }),
  )
  const endpoint = `${origin}/mcp/cost`
  const running = started.move()
  return {
    entra,
    azure,
    origin,
    endpoint,
    environment,
    /** What the app has logged of requests since they were last taken. */
    takeRecords,
    /** An access token of `user` for this API, from the public client. */
    tokenOf: (user: User, forgery: Partial<Forgery> = {}) =>
      entra.admin.forgeToken({ user: user.oid, client: clients.public.clientId, ...forgery }),
    /** The result of one `tools/call` without arguments, in the initialize era unless told. */
    async result(token: string, name: string, era: Era = initializeEra) {
      const request = era({ method: 'tools/call', params: { name } })
      const { method, headers } = request
      headers.set('authorization', `Bearer ${token}`)
      const answer = await fetch(endpoint, { method, headers, body: await request.text() })
      return toolResultOf(await answer.text())
    },
    /** Resets the emulators, except for keys. */
    reset() {
      entra.admin.reset()
      azure.admin.reset()
    },
    close: () => running.disposeAsync(),
  }
}

const registered = z.looseObject({ client_id: z.string() })

/** An honest authorization request of a client that has just registered itself. */
export async function authorizeUrl(
  { origin, endpoint }: Pick<HostedProduct, 'origin' | 'endpoint'>,
  { redirect_uri = 'http://127.0.0.1:9/callback', ...changes }: Record<string, string> = {},
): Promise<string> {
  const response = await fetch(`${origin}/oauth/register`, {
    method: 'POST',
    body: JSON.stringify({ client_name: 'Visual Studio Code', redirect_uris: [redirect_uri] }),
  })
  const { client_id } = registered.parse(await response.json())
  return `${origin}/oauth/authorize?${new URLSearchParams({
    ...{ client_id, redirect_uri, response_type: 'code', resource: endpoint, scope: 'cost.read' },
    ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', ...changes },
  })}`
}

/** What functions/main.ts does for the endpoints and the authorization server, with other options. */
async function loadWith(options: { publicGet: PublicGet }): Promise<void> {
  // Not before the local host stands in for the worker.
  const { app } = await import('@azure/functions')
  const services = createServices(
    parseSettings(process.env, [graph, ...downstreamsOf(endpoints)]),
    options,
  )
  register(app, services, { endpoints, surfaces: [oauth] })
}

type Era = (message: Message) => Request
