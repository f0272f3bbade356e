/**
 * Adapts Azure Functions' classic HTTP mode to `Request → Response`. Always answers: an unexpected error becomes a 500
 * with a reference, and its cause one log line. The platform's identity headers (x-ms-client-principal*) are unsigned
 * and never read.
 */
import { randomUUID } from 'node:crypto'
import type { Cookie, HttpHandler } from '@azure/functions'
import { audit, type Log, traced } from '../audit.ts'
import type { Invocation, RequestHandler } from './request-handler.ts'

/** The returned handler never rejects. */
export function azureFunction(handle: RequestHandler): HttpHandler {
  return async (request, context) => {
    const log: Log = (line, severity) => context[writers[severity]](line)
    const reference = randomUUID()
    try {
      const { method, url, headers } = request
      const body = await request.text()
      const response = await handle(new Request(url, { method, headers: [...headers] }), {
        ...{ log, reference, body },
      })
      return {
        status: response.status,
        headers: [...response.headers].filter(([name]) => name !== 'set-cookie'),
        // The host would keep only the last of several `set-cookie` headers.
        cookies: response.headers.getSetCookie().map(parseCookie),
        body: await response.text(),
      }
    } catch (error) {
      return unforeseen(error, { log, reference })
    }
  }
}

/** The invocation's log method for each severity. */
const writers = { information: 'info', warning: 'warn', error: 'error' } as const

/** Tells the caller only the reference, by which an operator finds the cause. */
function unforeseen(error: unknown, { log, reference }: Omit<Invocation, 'body'>) {
  const detail = traced(error)
  audit(log, { severity: 'error', reference, outcome: 'unforeseen', status: 500, detail })
  const jsonBody = {
    error: 'server_error',
    error_description:
      'An internal error occurred; the operator can find it in the log by the reference',
    reference,
  }
  return { status: 500, jsonBody, headers: { 'cache-control': 'no-store' } }
}

/** Parses a `set-cookie` header that this app wrote: name, value, `Path`, `Max-Age` and the rest (RFC 6265 §4.1). */
function parseCookie(text: string): Cookie {
  const [pair = '', ...attributes] = text.split('; ')
  const equals = pair.indexOf('=')
  const given = new Map(
    attributes.map((attribute) => {
      const [name = '', value = ''] = attribute.split('=')
      return [name.toLowerCase(), value]
    }),
  )
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    path: given.get('path') ?? '/',
    maxAge: Number(given.get('max-age')),
    secure: given.has('secure'),
    httpOnly: given.has('httponly'),
    sameSite: 'Lax',
  }
}
