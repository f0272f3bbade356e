/**
 * Between Azure Functions' classic HTTP mode and `Request → Response`. Always answers: whatever is thrown becomes a
 * 500 with a reference, and its cause one line in the log. The platform's identity headers (x-ms-client-principal*)
 * are unsigned and nobody here reads them.
 */
import { randomUUID } from 'node:crypto'
import type { HttpHandler } from '@azure/functions'
import { audit, causes, type Log } from '../audit.ts'

export type RequestHandler = (request: Request, log: Log) => Promise<Response> | Response

export function azureFunction(handle: RequestHandler): HttpHandler {
  return async (request, context) => {
    const log: Log = (line) => context.log(line)
    try {
      const { method, url, headers } = request
      const body = method === 'GET' || method === 'HEAD' ? '' : await request.text()
      const init = { method, headers: new Headers([...headers]), ...(body && { body }) }
      const response = await handle(new Request(url, init), log)
      return {
        status: response.status,
        headers: [...response.headers] as [string, string][],
        body: await response.text(),
      }
    } catch (error) {
      return unforeseen(error, log)
    }
  }
}

/** Tells the caller nothing but where an operator can look. */
function unforeseen(error: unknown, log: Log) {
  const reference = randomUUID()
  const stack = error instanceof Error ? `${error.stack}: ` : ''
  audit(log, { reference, outcome: 'error', status: 500, detail: `${stack}${causes(error)}` })
  const jsonBody = {
    error: 'server_error',
    error_description: 'Something unforeseen happened here; the reference finds it in the log',
    reference,
  }
  return { status: 500, jsonBody, headers: { 'cache-control': 'no-store' } }
}
