/**
 * Limits what an answer repeats of a request. The protocol and the SDK repeat ids, names and versions in results and
 * errors, so long ones are refused first.
 */
import { Failure } from '../failure.ts'
import { at } from '../json.ts'

/** Characters. */
const longestId = 256

/** Fields of the message. A tool's name has at most 128 characters (MCP, "Tool Names"). */
const fields: readonly [name: string, place: readonly string[], longest: number][] = [
  ['id', ['id'], longestId],
  ['method', ['method'], 128],
  ['params.name', ['params', 'name'], 128],
  ['params.uri', ['params', 'uri'], 1024],
  ['protocolVersion', ['params', '_meta', 'io.modelcontextprotocol/protocolVersion'], 64],
]
const headers: readonly [name: string, longest: number][] = [
  ['mcp-protocol-version', 64],
  ['mcp-method', 128],
  // Longer than a name, because it is encoded unless it is ASCII.
  ['mcp-name', 1024],
]

/** @throws Failure `protocol_error` that names the field, never its text */
export function checkBounds(message: unknown, request: Request): void {
  for (const [name, place, longest] of fields) {
    const value = at(message, ...place)
    if (typeof value === 'string' && value.length > longest) throw tooLong(name, longest)
  }
  for (const [name, longest] of headers) {
    if ((request.headers.get(name)?.length ?? 0) > longest) throw tooLong(name, longest)
  }
}

/** For the answer to a refused request, so that the client can match them. No check depends on it. */
export function idOf(message: unknown): string | number | null {
  const id = at(message, 'id')
  if (typeof id === 'number') return id
  return typeof id === 'string' && id.length <= longestId ? id : null
}

const tooLong = (name: string, longest: number) =>
  new Failure({
    reason: 'protocol_error',
    status: 400,
    code: -32600,
    message: `${name} may have ${longest} characters at most`,
  })
