/** A JSON-RPC message out of a request's body, or the answer that says why there is none. */
import { parseJson } from '../json.ts'

/** Bytes. */
const maxBody = 1024 * 1024

/** An error of the protocol, for which no message can be named (JSON-RPC 2.0 §5.1). */
export const protocolError = (status: number, code: number, message: string, headers = {}) =>
  Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers })

export const tooLarge = (body: string): Response | undefined =>
  Buffer.byteLength(body) > maxBody
    ? protocolError(413, -32000, `A body may have ${maxBody} bytes at most`)
    : undefined

/** Any JSON value but a batch, which later checks would see only the first message of. */
export function parseMessage(text: string): unknown {
  if (text === '') {
    return protocolError(
      400,
      -32700,
      'The body is empty. Azure Functions drops a chunked one: send it with a Content-Length',
    )
  }
  const message = parseJson(text)
  if (message === undefined) return protocolError(400, -32700, 'The body is not JSON')
  if (!Array.isArray(message)) return message
  return protocolError(400, -32600, 'A batch is refused: one request, one decision')
}
