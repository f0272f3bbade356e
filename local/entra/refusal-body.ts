/** Writes a refusal as Entra does: description with trace, JSON body, headers. The refusals are in errors.ts. */
import { randomUUID } from 'node:crypto'
import type { Refusal } from './errors.ts'

/** The parts of a refusal that are sent. */
type Refused = Pick<Refusal, 'message' | 'error' | 'suberror' | 'claims'> & { code: number }

export type Trace = { traceId: string; correlationId: string; timestamp: string }

/**
 * @param now milliseconds since the epoch
 * @param correlationId the client's `client-request-id`, if it sent one
 */
export function trace(now: number, correlationId: string | undefined): Trace {
  return {
    traceId: randomUUID(),
    correlationId: correlationId ?? randomUUID(),
    timestamp: `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`,
  }
}

/** `error_description`. */
export function describe(refusal: Refused, { traceId, correlationId, timestamp }: Trace): string {
  return `${refusal.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`
}

/** RFC 6749 §5.2: 401 for invalid_client, else 400, unless `status` is given. */
export function refusalResponse(
  refusal: Refused,
  at: Trace,
  { status, headers }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const { error, suberror, claims } = refusal
  return Response.json(
    {
      error,
      error_description: describe(refusal, at),
      error_codes: [refusal.code],
      timestamp: at.timestamp,
      trace_id: at.traceId,
      correlation_id: at.correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${refusal.code}`,
      ...(suberror ? { suberror } : {}),
      ...(claims ? { claims } : {}),
    },
    {
      status: status ?? (error === 'invalid_client' ? 401 : 400),
      headers: {
        'cache-control': 'no-store, no-cache',
        pragma: 'no-cache',
        'x-ms-request-id': at.traceId,
        'x-ms-clitelem': `1,${refusal.code},0,,`,
        ...headers,
      },
    },
  )
}
