/** Converts an HTTP request to the form in which the Functions host sends it to the worker in classic mode. */
import type { IncomingMessage } from 'node:http'
import type { RouteParams } from './route-template.ts'
import type { RpcRequest } from './rpc.ts'

/** Bytes: the real host's limit, 100 MB unless the setting is present. */
const bodyLimit = () => Number(process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT || 100 * 1024 * 1024)

/** The requested URL, its path without dot segments; undefined when it is invalid. */
export function urlOf({ url = '', headers: { host = 'localhost' } }: IncomingMessage) {
  const sound = url.startsWith('/') && /^[\w.:[\]-]+$/.test(host)
  return (sound && URL.parse(`http://${host}${url}`)) || undefined
}

/** @throws UnreadBody when the body exceeds the host's limit or ends too early */
export async function toRpcRequest(
  incoming: IncomingMessage,
  { url, params }: { url: URL; params: RouteParams },
): Promise<RpcRequest> {
  // Only a body with a length reaches the worker; a chunked one arrives empty.
  const length = Number(incoming.headers['content-length'] ?? 0)
  const request: RpcRequest = {
    url: url.href,
    method: incoming.method ?? 'GET',
    // Repeated headers are joined, including `authorization`.
    nullableHeaders: nullable(Object.entries(incoming.headersDistinct).map(joined)),
    nullableQuery: nullable(queryOf(url)),
    nullableParams: nullable(Object.entries(params)),
  }
  return length > 0 ? { ...request, body: { bytes: await read(incoming, length) } } : request
}

type Pair = [name: string, value: string]

const joined = ([name, values]: [string, string[] | undefined]): Pair => [
  name,
  values?.join(',') ?? '',
]

const nullable = (pairs: Pair[]) =>
  Object.fromEntries(pairs.map(([name, value]) => [name, { value }]))

/** Repeated parameters are joined; names are case-insensitive. */
function queryOf({ searchParams }: URL): Pair[] {
  const merged = new Map<string, Pair>()
  for (const [name, value] of searchParams) {
    const known = merged.get(name.toLowerCase())
    if (known) known[1] += `,${value}`
    else merged.set(name.toLowerCase(), [name, value])
  }
  return [...merged.values()]
}

/** The client's fault: logged without a stack trace. */
export class UnreadBody extends Error {}

async function read(incoming: IncomingMessage, length: number): Promise<Uint8Array> {
  const limit = bodyLimit()
  // The body is not read, and the function does not run.
  if (length > limit) throw new UnreadBody(`the body has ${length} bytes, more than ${limit}`)
  try {
    return Buffer.concat(await incoming.toArray())
  } catch (cause) {
    throw new UnreadBody('the body ended before its length', { cause })
  }
}
