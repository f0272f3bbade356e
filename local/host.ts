/**
 * A local Azure Functions host: serves the HTTP functions that an app registers with `@azure/functions`, as strictly as
 * Azure does. Routing, conversion and invocation are in host/. Other triggers do not run.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { collectApp, type FunctionApp } from './host/core-module.ts'
import { invoke } from './host/invocation.ts'
import { listen } from './host/listen.ts'
import { toRpcRequest, UnreadBody, urlOf } from './host/request.ts'
import { writeResponse } from './host/response.ts'
import { type Route, type Router, router, routesOf } from './host/routing.ts'
import type { Log } from './host/rpc.ts'

export type HostOptions = {
  /** 0: any free port. */
  port: number
  /** Imports the modules that register the functions; called once the port is bound. */
  load: (address: { origin: string; port: number }) => Promise<unknown>
  /** The key for functions with `authLevel` `function` or `admin`, which refuse all requests without one. */
  adminKey?: string
  /** `extensions.http.routePrefix` of host.json; none by default. */
  routePrefix?: string
  /** `extensions.http.customHeaders` of host.json: added unless the function sets the header. */
  customHeaders?: Record<string, string>
  /** `functionTimeout` of host.json; 30 minutes by default. */
  functionTimeoutMs?: number
  log?: Log
}

export type Host = {
  /** Without trailing slash. */
  origin: string
  port: number
  /** In the order in which they are matched. */
  routes: Pick<Route, 'name' | 'template' | 'methods'>[]
  close(): Promise<void>
}

/** @throws what `load` throws; an Error for a route that the real host refuses; `EADDRINUSE` */
export async function startHost(options: HostOptions): Promise<Host> {
  const { adminKey, routePrefix = '', functionTimeoutMs: timeoutMs = 30 * 60_000 } = options
  const log = options.log ?? toConsole
  const ready = Promise.withResolvers<Router>()
  const server = createServer(async (incoming, outgoing) => {
    outgoing.setHeaders(new Headers(options.customHeaders))
    try {
      await answer(incoming, outgoing, { route: await ready.promise, adminKey, timeoutMs, log })
    } catch (error) {
      log('error', `${incoming.method} ${incoming.url?.split('?', 1)}: ${describe(error)}`)
      end(outgoing, 500)
    }
  })
  const { port, close } = await listen(server, options.port)
  const origin = `http://localhost:${port}`

  try {
    const app = await collectApp(() => options.load({ origin, port }), log)
    const routes = routesOf(app.functions, { routePrefix, log })
    await runHooks(app, 'appStart', log)
    ready.resolve(router(routes))
    return {
      origin,
      port,
      routes,
      async close() {
        await close()
        await runHooks(app, 'appTerminate', log)
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Serving = { route: Router; adminKey: string | undefined; timeoutMs: number; log: Log }

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { route, adminKey, timeoutMs, log }: Serving,
): Promise<void> {
  const url = urlOf(incoming)
  if (!url) return end(outgoing, 400)
  const routed = route({ method: incoming.method ?? '', pathname: url.pathname })
  if (!routed) return url.pathname === '/' ? homePage(outgoing) : end(outgoing, 404)
  const { name, authLevel } = routed.route
  if (isDisabled(name)) return end(outgoing, 404)
  const key = incoming.headers['x-functions-key'] ?? url.searchParams.get('code')
  if (authLevel !== 'anonymous' && (!adminKey || key !== adminKey)) return end(outgoing, 401)

  const request = await toRpcRequest(incoming, { url, params: routed.params })
  const response = await invoke(routed.route, request, { timeoutMs, log })
  if (response) writeResponse(outgoing, response)
  else end(outgoing, 204)
}

function end(outgoing: ServerResponse, status: number): void {
  if (!outgoing.headersSent) outgoing.writeHead(status)
  outgoing.end()
}

function homePage(outgoing: ServerResponse): void {
  const disabled = process.env.AzureWebJobsDisableHomepage?.toLowerCase() === 'true'
  if (!disabled) {
    outgoing.setHeader('content-type', 'text/html')
    outgoing.write('<!doctype html><title>Functions</title><p>The function app is up and running.')
  }
  end(outgoing, disabled ? 204 : 200)
}

const isDisabled = (name: string) =>
  /^(true|1)$/i.test(process.env[`AzureWebJobs.${name}.Disabled`] ?? '')

/** Logs a hook's failure and continues. */
async function runHooks({ hooks }: FunctionApp, name: string, log: Log): Promise<void> {
  const hookData = {}
  for (const { callback } of hooks.filter((hook) => hook.name === name)) {
    try {
      await callback({ hookData })
    } catch (error) {
      log('error', `A hook for ${name} failed: ${describe(error)}`)
    }
  }
}

const describe = (error: unknown) => {
  if (error instanceof UnreadBody) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Each line with its time, as Core Tools prints it. */
const toConsole: Log = (level, message) => {
  if (level === 'trace' || level === 'debug') return
  console.error(`[${new Date().toISOString()}] [${level}] ${message}`)
}
