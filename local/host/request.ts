/**
 * An HTTP request as the Functions host hands it to the worker in classic mode. Neither routes nor
 * invokes.
 */
import type { IncomingMessage } from 'node:http'
import type { RouteParams } from './route-template.ts'
import type { RpcRequest } from './rpc.ts'

/** Bytes, as of the real host: 100 MB unless the setting says otherwise. */
const bodyLimit = () => Number(process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT || 100 * 1024 * 1024)

/** The URL that was asked for, its path without dot segments; `undefined` when it cannot be one. */
export function urlOf({ url = '', headers: { host = 'localhost' } }: IncomingMessage) {
  const sound = url.startsWith('/') && /^[\w.:[\]-]+$/.test(host)
  return (sound && URL.parse(`http://${host}${url}`)) || undefined
}

/** @throws when the body is larger than the host accepts or ends too early. */
export async function toRpcRequest(
  incoming: IncomingMessage,
  { url, params }: { url: URL; params: RouteParams },
): Promise<RpcRequest> {
  // Only a body with a length reaches the worker: a chunked request arrives empty.
  const length = Number(incoming.headers['content-length'] ?? 0)
  const request: RpcRequest = {
    url: url.href,
    method: incoming.method ?? 'GET',
    // Several headers of one name arrive as one, none is dropped: `authorization` too.
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

/** A repeated parameter arrives as one value; names are told apart without regard to case. */
function queryOf({ searchParams }: URL): Pair[] {
  const merged = new Map<string, Pair>()
  for (const [name, value] of searchParams) {
    const known = merged.get(name.toLowerCase())
    if (known) known[1] += `,${value}`
    else merged.set(name.toLowerCase(), [name, value])
  }
  return [...merged.values()]
}

/** The sender's doing, so that the log needs no stack. */
export class UnreadBody extends Error {}

async function read(incoming: IncomingMessage, length: number): Promise<Uint8Array> {
  const limit = bodyLimit()
  // Nothing of it is kept, and the function does not run.
  if (length > limit) throw new UnreadBody(`the body has ${length} bytes, more than ${limit}`)
  try {
    return Buffer.concat(await incoming.toArray())
  } catch (cause) {
    throw new UnreadBody('the body ended before its length', { cause })
  }
}
