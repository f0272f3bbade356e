/**
 * /oauth/*: the authorization server for clients that have no registration in the tenant, and its metadata. Without
 * the setting OAUTH_CLIENT_ID there is none: nothing is registered, and clients sign in at Entra.
 */
import { audit, causes } from '../shared/audit.ts'
import { identityOf } from '../shared/entra/caller.ts'
import type { RequestHandler } from '../shared/http/request-handler.ts'
import { authorizationServer } from '../shared/oauth/authorization-server.ts'
import { errorResponse, OAuthError } from '../shared/oauth/oauth-error.ts'
import { httpFunction, type Surface } from '../shared/register.ts'

export const oauth: Surface = (app, context) => {
  const { services, endpoints } = context
  const server = authorizationServer(services, endpoints)
  if (!server) return
  const { metadata, authorize, callback, register, token } = server

  const document: RequestHandler = () => Response.json(metadata)
  const surfaces = [
    // The second spelling is OpenID Connect Discovery's, which some clients try.
    forPrograms('oauth-metadata', '.well-known/oauth-authorization-server', 'GET', document),
    forPrograms('openid-metadata', '.well-known/openid-configuration', 'GET', document),
    forPrograms('oauth-register', 'oauth/register', 'POST', (_request, { body }) => register(body)),
    forPrograms(
      'oauth-token',
      'oauth/token',
      'POST',
      async (_request, { body, log, reference }) => {
        const { response, issued } = await token.issue(new URLSearchParams(body))
        const { caller, ...record } = issued
        audit(log, { reference, outcome: 'token_issued', ...record, ...identityOf(caller) })
        return response
      },
    ),
    forPrograms('oauth-revoke', 'oauth/revoke', 'POST', (_request, { body }) =>
      token.revoke(new URLSearchParams(body)),
    ),
    httpFunction('oauth-authorize', {
      route: 'oauth/authorize',
      methods: ['GET', 'POST'],
      handler:
        () =>
        (request, { body }) => {
          const cookies = request.headers.get('cookie')
          return request.method === 'POST'
            ? authorize.decide(new URLSearchParams(body), cookies)
            : authorize.ask(new URL(request.url).searchParams, cookies)
        },
    }),
    httpFunction('oauth-callback', {
      route: 'oauth/callback',
      methods: ['GET'],
      handler: () => (request) =>
        callback(new URL(request.url).searchParams, request.headers.get('cookie')),
    }),
  ]
  for (const surface of surfaces) surface(app, context)
}

/** Any page may call: nothing here goes by cookies. */
function forPrograms(
  name: string,
  route: string,
  method: 'GET' | 'POST',
  handle: RequestHandler,
): Surface {
  return httpFunction(name, {
    route,
    methods: [method, 'OPTIONS'],
    handler: () => async (request, invocation) => {
      const response =
        request.method === 'OPTIONS'
          ? new Response(null, { status: 204 })
          : await answer(handle, request, invocation)
      response.headers.set('access-control-allow-origin', '*')
      response.headers.set(
        'access-control-allow-headers',
        'Authorization, Content-Type, MCP-Protocol-Version',
      )
      return response
    },
  })
}

const answer: (handle: RequestHandler, ...of: Parameters<RequestHandler>) => Promise<Response> =
  async (handle, request, invocation) => {
    try {
      return await handle(request, invocation)
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      const { log, reference } = invocation
      audit(log, { reference, outcome: error.code, detail: causes(error) })
      return errorResponse(error)
    }
  }
