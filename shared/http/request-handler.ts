/** The type of every HTTP handler, independent of the platform: `Request → Response`. */
import type { Log } from '../audit.ts'

export type RequestHandler = (
  request: Request,
  invocation: Invocation,
) => Promise<Response> | Response

export type Invocation = {
  log: Log
  /** Identifies the request in the log. A caller quotes it when something goes wrong. */
  reference: string
  /** Text of the request's body; empty if there is none. The adapter reads it; the `Request` itself has no body. */
  body: string
}
