/**
 * The composition root: app settings become services, and whatever answers HTTP becomes a function. The only place
 * that reads the environment; a bad setting stops the start here.
 */
import './acyclic.ts'
import { app, type HttpMethod } from '@azure/functions'
import { azureFunction } from './http/azure-functions.ts'
import { wellKnown } from './http/metadata.ts'
import type { RequestHandler } from './http/request-handler.ts'
import { type EndpointDefinition, endpoint } from './mcp/endpoint.ts'
import { createServices } from './services.ts'
import { parseSettings } from './settings.ts'

export const services = createServices(parseSettings(process.env))

/** Registers a function. To be called while the app's files load, as Azure Functions demands. */
export function httpFunction(
  name: string,
  options: {
    route: string
    methods: HttpMethod[]
    /** `admin`: for holders of the app's master key. */
    authLevel?: 'anonymous' | 'admin'
    handle: RequestHandler
  },
): void {
  const { handle, authLevel = 'anonymous', ...trigger } = options
  app.http(name, { ...trigger, authLevel, handler: azureFunction(handle) })
}

/** The delegated scopes that the endpoints' tools exchange for. Complete once the app's files are loaded. */
export const downstreamScopes = new Set<string>()

/** Registers /mcp/<name> and its protected resource metadata. */
export function mcpEndpoint(definition: EndpointDefinition): void {
  const { name } = definition
  const { handle, metadata } = endpoint(definition, services)
  for (const { downstream } of definition.tools) {
    downstreamScopes.add(downstream.scope(services.settings))
  }
  httpFunction(name, {
    route: `mcp/${name}`,
    // The host answers a method that is not listed with 404; ours is 405 with Allow.
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    handle,
  })
  httpFunction(`${name}-metadata`, {
    route: `${wellKnown}/mcp/${name}`,
    methods: ['GET', 'HEAD', 'OPTIONS'],
    handle: metadata,
  })
}
