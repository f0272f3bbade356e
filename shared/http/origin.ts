/**
 * Decides which web pages may call (MCP transport, "Security Warning"): those of our own origin and of the operator's
 * list. If our own host is loopback, pages of any loopback origin may too, for developer tools in a browser. Programs
 * send no Origin, except some cloud services (Power Automate), which an operator adds to the list.
 */
import { readable } from '../audit.ts'
import { Failure } from '../failure.ts'
import { isLoopback } from '../loopback.ts'

export type OriginPolicy = {
  /** @throws Failure `origin_refused` for a page of another origin */
  check: (request: Request) => void
  /** Adds the headers that let a page of an allowed origin read the answer (Fetch standard, CORS protocol). */
  expose: (response: Response, origin: string | null) => Response
  /** Answers a CORS preflight request. `methods`: comma-separated. */
  preflight: (request: Request, methods: string) => Response
}

/** `allowedOrigins`: of ALLOWED_ORIGINS. */
export function originPolicy(options: {
  publicBaseUrl: string
  allowedOrigins: ReadonlySet<string>
}): OriginPolicy {
  const { publicBaseUrl, allowedOrigins } = options
  const own = new URL(publicBaseUrl)
  const allows = (origin: string | null) => {
    if (origin === null || origin === own.origin || allowedOrigins.has(origin)) return true
    return isLoopback(own) && URL.canParse(origin) && isLoopback(new URL(origin))
  }
  const expose = (response: Response, origin: string | null) => {
    if (origin === null || !allows(origin)) return response
    response.headers.set('access-control-allow-origin', origin)
    response.headers.append('vary', 'origin')
    response.headers.set('access-control-expose-headers', 'WWW-Authenticate, Retry-After')
    return response
  }
  return {
    check(request) {
      const origin = request.headers.get('origin')
      if (origin === null || allows(origin)) return
      throw new Failure({ reason: 'origin_refused', origin: readable(origin) })
    },
    expose,
    preflight(request, methods) {
      const origin = request.headers.get('origin')
      if (!allows(origin)) return new Response(null, { status: 403 })
      const headers = {
        allow: methods,
        'access-control-allow-methods': methods,
        'access-control-allow-headers': allowedHeaders,
        'access-control-max-age': '600',
      }
      return expose(new Response(null, { status: 204, headers }), origin)
    },
  }
}

const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Accept',
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
  'Last-Event-ID',
].join(', ')
