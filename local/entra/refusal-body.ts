/**
 * A refusal as Entra writes it: description with trace, the JSON body and its headers. The refusals
 * themselves are in errors.ts.
 */
import { randomUUID } from 'node:crypto'
import type { Refusal } from './errors.ts'

/** What the wire tells of a refusal. */
type Refused = Pick<Refusal, 'message' | 'error' | 'suberror' | 'claims'> & { code: number }

export type Trace = { traceId: string; correlationId: string; timestamp: string }

/** @param now milliseconds; @param correlationId the caller's `client-request-id`, if it sent one */
export function trace(now: number, correlationId: string | undefined): Trace {
  return {
    traceId: randomUUID(),
    correlationId: correlationId ?? randomUUID(),
    timestamp: `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`,
  }
}

export function describe(refusal: Refused, { traceId, correlationId, timestamp }: Trace): string {
  return `${refusal.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`
}

/** 401 for a client that could not prove itself, else 400. */
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
