/**
 * Registers endpoints and other functions with Azure Functions. Reads no settings: the services are passed in.
 */
import type { app as functionsApp, HttpMethod } from '@azure/functions'
import { azureFunction } from './http/azure-functions.ts'
import { wellKnown } from './http/metadata.ts'
import type { RequestHandler } from './http/request-handler.ts'
import type { EndpointDefinition } from './mcp/define-endpoint.ts'
import { endpoint } from './mcp/endpoint.ts'
import { asksForPage, endpointPage } from './mcp/endpoint-page.ts'
import type { Services } from './services.ts'

export type FunctionApp = Pick<typeof functionsApp, 'http' | 'timer' | 'hook'>

/** A function of the app that is not an MCP endpoint. */
export type Surface = (
  app: FunctionApp,
  context: { services: Services; endpoints: readonly EndpointDefinition[] },
) => void

/** Azure Functions requires this call while the app's files load. */
export function register(
  app: FunctionApp,
  services: Services,
  served: { endpoints: readonly EndpointDefinition[]; surfaces: readonly Surface[] },
): void {
  const { endpoints, surfaces } = served
  for (const surface of [...endpoints.map(mcpEndpoint), ...surfaces]) {
    surface(app, { services, endpoints })
  }
}

/** A function that HTTP requests trigger. */
export function httpFunction(
  name: string,
  options: {
    route: string
    methods: HttpMethod[]
    /** `admin`: the host requires the app's master key. Default: anonymous. */
    authLevel?: (services: Services) => 'anonymous' | 'admin'
    handler: (services: Services) => RequestHandler
  },
): Surface {
  const { handler, authLevel = () => 'anonymous', ...trigger } = options
  return (app, { services }) =>
    app.http(name, {
      ...trigger,
      authLevel: authLevel(services),
      handler: azureFunction(handler(services)),
    })
}

/** /mcp/<name> and its protected resource metadata. */
function mcpEndpoint(definition: EndpointDefinition): Surface {
  const { name } = definition
  return (app, context) => {
    const { handle, metadata } = endpoint(definition, context.services)
    httpFunction(name, {
      route: `mcp/${name}`,
      // The host answers an unlisted method with 404; we answer 405 with Allow.
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      handler: () => (request, invocation) =>
        asksForPage(request)
          ? endpointPage(definition, context.services)
          : handle(request, invocation),
    })(app, context)
    httpFunction(`${name}-metadata`, {
      route: `${wellKnown}/mcp/${name}`,
      methods: ['GET', 'HEAD', 'OPTIONS'],
      handler: () => metadata,
    })(app, context)
  }
}
