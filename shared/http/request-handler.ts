/** The shape of everything that answers HTTP here: `Request → Response`, whatever platform the request came through. */
import type { Log } from '../audit.ts'

export type RequestHandler = (
  request: Request,
  invocation: Invocation,
) => Promise<Response> | Response

export type Invocation = {
  log: Log
  /** For the caller to quote when something goes wrong; every line logged of the request has it. */
  reference: string
  /** The request's, empty where it has none. Read once by the adapter: the `Request` itself carries none. */
  body: string
}
