/**
 * The product in this process, between the Entra and the Azure emulator: real tokens, real exchanges, no port of its
 * own. An `App` stands for one started function app, with a memory of its own.
 */

import { randomUUID } from 'node:crypto'
import { cost } from '../../functions/cost.ts'
import type { Forgery } from '../../local/entra/forge.ts'
import { clients, type Directory, type User } from '../../local/seed.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import { downstreamsOf, type EndpointDefinition } from '../../shared/mcp/define-endpoint.ts'
import { endpoint } from '../../shared/mcp/endpoint.ts'
import type { Tool } from '../../shared/mcp/tool.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { startEmulators } from './emulators.ts'
import { initializeEra, type Message, toolResultOf } from './mcp-request.ts'

export const costTools: readonly Tool[] = cost.tools

export type Answer = {
  status: number
  headers: Headers
  text: string
  /** Lines, as they would stand in the function app's log. */
  log: string[]
}

export type App = ReturnType<typeof appOf>
export type Product = Awaited<ReturnType<typeof startProduct>>

/** `today`: the clock of costs; tokens use the real clock, or the one given to `app`. */
export async function startProduct({ today, data }: { today?: Date; data?: Directory } = {}) {
  const { entra, azure, environment, close } = await startEmulators({
    ...(data && { data }),
    ...(today && { today: () => today }),
  })
  // Tests call far more often than a person; tests of the limit set their own.
  const limits = { RATE_LIMIT_PER_MINUTE: '1000000' }
  return {
    entra,
    azure,
    app: ({ settings = {}, ...options }: AppOptions = {}) =>
      appOf({ ...environment, ...limits, ...settings }, options),
    /** An access token of `user` for this API, from the public client unless the forgery says otherwise. */
    tokenOf: (user: User, forgery: Partial<Forgery> = {}) =>
      entra.admin.forgeToken({ user: user.oid, client: clients.public.clientId, ...forgery }),
    /** How often Entra was asked for an exchange since its log was cleared. */
    exchanges: () => entra.admin.requests({ kind: 'on_behalf_of' }).length,
    /** Resets the emulators, except for keys; apps keep their state. */
    reset() {
      entra.admin.reset()
      azure.admin.reset()
    },
    close,
  }
}

type AppOptions = {
  /** App settings that replace the local stack's; an empty one counts as absent. */
  settings?: Record<string, string>
  fetch?: typeof fetch
  now?: () => number
  tools?: readonly Tool[]
  /** In place of one with the tools. */
  definition?: EndpointDefinition
}

function appOf(
  environment: Record<string, string>,
  {
    tools = costTools,
    definition = { name: 'cost', title: 'Azure costs', tools },
    ...options
  }: Omit<AppOptions, 'settings'>,
) {
  const apis = [arm, graph, ...downstreamsOf([definition])]
  const services = createServices(parseSettings(environment, apis), options)
  const { handle, metadata } = endpoint(definition, services)

  const answered = async (handler: typeof handle, request: Request): Promise<Answer> => {
    const log: string[] = []
    const response = await handler(request, {
      log: (line) => log.push(line),
      reference: randomUUID(),
      body: await request.text(),
    })
    const { status, headers } = response
    return { status, headers, text: await response.text(), log }
  }
  const send = (request: Request, token?: string) => {
    if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`)
    return answered(handle, request)
  }
  /** One `tools/call`, by default in the initialize era. */
  const call = (token: string, name: string, args: unknown = {}, era: Era = initializeEra) =>
    send(era({ method: 'tools/call', params: { name, arguments: args } }), token)
  return {
    services,
    handle,
    send,
    call,
    metadata: (request: Request) => answered(metadata, request),
    /** The tool's result. */
    result: async (...asked: Parameters<typeof call>) => toolResultOf((await call(...asked)).text),
  }
}

type Era = (message: Message) => Request
