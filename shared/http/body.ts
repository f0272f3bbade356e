/** A JSON-RPC message out of a request's body, or the answer that says why there is none. */

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
  try {
    const message: unknown = JSON.parse(text)
    if (!Array.isArray(message)) return message
    return protocolError(400, -32600, 'A batch is refused: one request, one decision')
  } catch {
    return protocolError(400, -32700, 'The body is not JSON')
  }
}

/** What stands below these keys in JSON that nobody has vouched for. */
export const at = (json: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce((value, key) => (isObject(value) ? value[key] : undefined), json)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
