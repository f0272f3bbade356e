/**
 * Between Azure Functions' classic HTTP mode and `Request → Response`. Always answers: whatever is thrown becomes a
 * 500 with a reference, and its cause one line in the log. The platform's identity headers (x-ms-client-principal*)
 * are unsigned and nobody here reads them.
 */
import { randomUUID } from 'node:crypto'
import type { HttpHandler } from '@azure/functions'
import { audit, type Log, traced } from '../audit.ts'
import type { Invocation, RequestHandler } from './request-handler.ts'

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
        headers: [...response.headers] as [string, string][],
        body: await response.text(),
      }
    } catch (error) {
      return unforeseen(error, { log, reference })
    }
  }
}

/** What the invocation calls its levels. */
const writers = { information: 'info', warning: 'warn', error: 'error' } as const

/** Tells the caller nothing but where an operator can look. */
function unforeseen(error: unknown, { log, reference }: Omit<Invocation, 'body'>) {
  const detail = traced(error)
  audit(log, { severity: 'error', reference, outcome: 'unforeseen', status: 500, detail })
  const jsonBody = {
    error: 'server_error',
    error_description: 'Something unforeseen happened here; the reference finds it in the log',
    reference,
  }
  return { status: 500, jsonBody, headers: { 'cache-control': 'no-store' } }
}
