/** Parses the body of a request as one JSON-RPC message. */
import { Failure } from '../failure.ts'
import { parseJson } from '../json.ts'

/** Bytes. */
const maxBody = 1024 * 1024

/** @throws Failure `protocol_error` 413 for a body of more than 1 MiB */
export function checkSize(body: string): void {
  if (Buffer.byteLength(body) <= maxBody) return
  const message = `A body may have ${maxBody} bytes at most`
  throw new Failure({ reason: 'protocol_error', status: 413, code: -32000, message })
}

/**
 * Any JSON value except an array: later checks would see only the first message of a batch.
 * @throws Failure `protocol_error` 400
 */
export function parseMessage(text: string): unknown {
  if (text === '') throw refused(-32700, emptyBody)
  const message = parseJson(text)
  if (message === undefined) throw refused(-32700, 'The body is not JSON')
  if (Array.isArray(message))
    throw refused(-32600, 'Batches are not accepted: send one message per request')
  return message
}

// Azure/azure-functions-nodejs-worker#524; modelcontextprotocol/csharp-sdk#932.
const emptyBody =
  'The body is empty. Azure Functions drops one that is sent in chunks: send it with a Content-Length. .NET\'s HttpClient does so once the content is loaded; in a DelegatingHandler: "if (request.Content is not null) await request.Content.LoadIntoBufferAsync(cancellationToken);" and "return await base.SendAsync(request, cancellationToken);"'

/** `code`: JSON-RPC 2.0 §5.1. */
const refused = (code: number, message: string) =>
  new Failure({ reason: 'protocol_error', status: 400, code, message })
