/**
 * Between Azure Functions' classic HTTP mode and `Request → Response`. Always answers: whatever is thrown becomes a
 * 500 with a reference, and its cause one line in the log. The platform's identity headers (x-ms-client-principal*)
 * are unsigned and nobody here reads them.
 */
import { randomUUID } from 'node:crypto'
import type { HttpHandler } from '@azure/functions'
import { audit, traced } from '../audit.ts'
import type { Invocation, RequestHandler } from './request-handler.ts'

export function azureFunction(handle: RequestHandler): HttpHandler {
  return async (request, context) => {
    const log = (line: string) => context.log(line)
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

/** Tells the caller nothing but where an operator can look. */
function unforeseen(error: unknown, { log, reference }: Omit<Invocation, 'body'>) {
  audit(log, { reference, outcome: 'unforeseen', status: 500, detail: traced(error) })
  const jsonBody = {
    error: 'server_error',
    error_description: 'Something unforeseen happened here; the reference finds it in the log',
    reference,
  }
  return { status: 500, jsonBody, headers: { 'cache-control': 'no-store' } }
}
