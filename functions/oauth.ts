/**
 * /oauth/* and its metadata: the authorization server for clients without a registration in the tenant. Without the
 * setting OAUTH_CLIENT_ID nothing is registered here, and clients sign in at Entra.
 */
import { causes } from '../shared/audit.ts'
import { identityOf } from '../shared/entra/caller.ts'
import type { Invocation, RequestHandler } from '../shared/http/request-handler.ts'
import type { Journal } from '../shared/journal.ts'
import { authorizationServer } from '../shared/oauth/authorization-server.ts'
import type { Decided } from '../shared/oauth/decision.ts'
import { errorResponse, OAuthError, type OAuthErrorCode } from '../shared/oauth/oauth-error.ts'
import { httpFunction, type Surface } from '../shared/register.ts'

/** Registers the endpoints of the authorization server if OAUTH_CLIENT_ID is set. */
export const oauth: Surface = (app, context) => {
  const { services, endpoints } = context
  const server = authorizationServer(services, endpoints)
  if (!server) return
  const { metadata, authorize, callback, register, token } = server
  const { journal } = services
  const forPeople =
    (decide: (request: Request, body: string) => Decided | Promise<Decided>) =>
    async (request: Request, { log, reference, body }: Invocation) => {
      const { response, decision } = await decide(request, body)
      if (decision) journal(log, { reference, ...decision })
      return response
    }
  const forPrograms = programs(journal)

  const document: RequestHandler = () => Response.json(metadata)
  const surfaces = [
    // The second spelling is OpenID Connect Discovery's, which some clients try.
    forPrograms(
      'oauth-metadata',
      '.well-known/oauth-authorization-server',
      ['GET', 'HEAD'],
      document,
    ),
    forPrograms('openid-metadata', '.well-known/openid-configuration', ['GET', 'HEAD'], document),
    forPrograms('oauth-register', 'oauth/register', ['POST'], (_request, { body }) =>
      register(body),
    ),
    forPrograms(
      'oauth-token',
      'oauth/token',
      ['POST'],
      async (_request, { body, log, reference }) => {
        const { response, issued } = await token.issue(formOf(body))
        const { caller, ...record } = issued
        journal(log, { reference, outcome: 'token_issued', ...record, ...identityOf(caller) })
        return response
      },
    ),
    forPrograms('oauth-revoke', 'oauth/revoke', ['POST'], (_request, { body }) =>
      token.revoke(formOf(body)),
    ),
    httpFunction('oauth-authorize', {
      route: 'oauth/authorize',
      methods: ['GET', 'POST'],
      handler: () =>
        forPeople((request, body) => {
          const cookies = request.headers.get('cookie')
          return request.method === 'POST'
            ? authorize.decide(formOf(body), isOfOtherSite(request) ? null : cookies)
            : authorize.ask(new URL(request.url).searchParams, cookies)
        }),
    }),
    httpFunction('oauth-callback', {
      route: 'oauth/callback',
      methods: ['GET'],
      handler: () =>
        forPeople((request) =>
          callback(new URL(request.url).searchParams, request.headers.get('cookie')),
        ),
    }),
  ]
  for (const surface of surfaces) surface(app, context)
}

/** Characters. Valid forms are much shorter; the rest of a longer one is ignored. */
const longestForm = 64 * 1024
const formOf = (body: string) => new URLSearchParams(body.slice(0, longestForm))

/** Cookies of such a form are ignored, in addition to SameSite (Fetch Metadata Request Headers §2.3). */
const isOfOtherSite = ({ headers }: Request) =>
  !['same-origin', null].includes(headers.get('sec-fetch-site'))

/** CORS for any origin: none of these read cookies. */
const programs =
  (journal: Journal) =>
  (
    name: string,
    route: string,
    methods: ('GET' | 'HEAD' | 'POST')[],
    handle: RequestHandler,
  ): Surface =>
    httpFunction(name, {
      route,
      methods: [...methods, 'OPTIONS'],
      handler: () => async (request, invocation) => {
        const response =
          request.method === 'OPTIONS'
            ? new Response(null, { status: 204 })
            : await answer(handle, journal, request, invocation)
        response.headers.set('access-control-allow-origin', '*')
        response.headers.set(
          'access-control-allow-headers',
          'Authorization, Content-Type, MCP-Protocol-Version',
        )
        return response
      },
    })

/** Not caused by a client: Entra or the table is unavailable. */
const ours: readonly OAuthErrorCode[] = ['server_error', 'temporarily_unavailable']

async function answer(
  handle: RequestHandler,
  journal: Journal,
  request: Request,
  invocation: Invocation,
): Promise<Response> {
  try {
    return await handle(request, invocation)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const { log, reference } = invocation
    const severity = ours.includes(error.code) ? 'error' : 'information'
    journal(log, { severity, reference, outcome: error.code, detail: causes(error) })
    const response = errorResponse(error)
    // RFC 6749 §5.2: for a client that tried to authenticate, which public clients do not.
    if (response.status === 401 && request.headers.has('authorization')) {
      response.headers.set('www-authenticate', 'Basic realm="oauth"')
    }
    return response
  }
}
