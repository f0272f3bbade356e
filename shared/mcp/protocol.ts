/**
 * Serves one request through the SDK, at a cost that does not grow with the number of tools: a low-level `Server` for
 * each request, with a few methods. Protocol 2026-07-28 goes through the SDK's handler, the initialize era through its
 * web-standard transport; both answer JSON. The SDK makes all checks that the protocol requires.
 */
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  type InputRequiredResult,
  isLegacyRequest,
  type ListResourcesResult,
  type ListToolsResult,
  PROTOCOL_VERSION_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import packageJson from '../../package.json' with { type: 'json' }
import { readable } from '../audit.ts'
import { at } from '../json.ts'
import { resultTexts } from './result-text.ts'
import { extension, type UiPages } from './ui.ts'

/** The methods of one request, bound to its caller. */
export type Methods = {
  list: () => ListToolsResult | Promise<ListToolsResult>
  /** Undefined if there is no tool of that name. */
  call: (
    name: string,
    args: unknown,
    /** Whether the client can be asked to open a link, and has not been already. */
    options: { opensLinks: boolean },
  ) => Promise<CallToolResult | InputRequiredResult> | undefined
}

type Served = Methods & {
  /** Only for a request about resources, so that others do not pay for these methods. */
  ui?: {
    list: ListResourcesResult
    /** @throws ResourceNotFoundError for a URI that no page has */
    read: (uri: string) => Promise<ReadResourceResult>
  }
}

/** Rejects with what a method threw, because the SDK would show the message of any error to the model. */
export type ServeProtocol = (request: Request, body: unknown, methods: Methods) => Promise<Response>

export function protocol(endpoint: {
  name: string
  title: string
  instructions?: string
  /** Undefined: no tool has a page, and the endpoint has no resources. */
  pages: UiPages | undefined
}): ServeProtocol {
  const { name, title, instructions, pages } = endpoint
  const implementation = { name, title, version: packageJson.version }
  const options = {
    // No notifications: nothing here changes while it runs, and an open stream would hold a function's invocation.
    capabilities: {
      tools: { listChanged: false },
      ...(pages && { resources: { listChanged: false }, extensions: { [extension]: {} } }),
    },
    cacheHints: { 'tools/list': kept, 'resources/list': kept, 'resources/read': kept },
    // Only answers to forms are validated by JSON Schema, and none is ever sent. By default every Server makes Ajv's.
    jsonSchemaValidator: {
      getValidator() {
        throw new Error('Nothing here asks a person to fill in a form')
      },
    },
    ...(instructions ? { instructions } : {}),
  } as const

  const serverFor = (methods: Served, era: 'initialize' | '2026-07-28') => {
    const server = new Server(implementation, options)
    server.setRequestHandler('tools/list', () => methods.list())
    server.setRequestHandler('tools/call', ({ params }, { mcpReq }) => {
      // URL elicitation (2026-07-28, "Elicitation"). Before, the SDK checks no envelope and has no way to ask.
      const declared = at(mcpReq.envelope, CLIENT_CAPABILITIES_META_KEY, 'elicitation', 'url')
      const canAsk = era === '2026-07-28' && declared !== undefined
      const opensLinks = canAsk && !mcpReq.inputResponses
      const result = methods.call(params.name, params.arguments, { opensLinks })
      if (result) return result
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `Unknown tool: ${readable(params.name)}`,
      )
    })
    const { ui } = methods
    if (!ui) return server
    server.setRequestHandler('resources/list', () => ui.list)
    server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [] }))
    server.setRequestHandler('resources/read', ({ params }) => ui.read(params.uri))
    return server
  }

  const known = { initialize: knownTexts(), '2026-07-28': knownTexts() }

  // The handler is made once and asks for a server by the request that it is given.
  const methodsOf = new WeakMap<Request, Served>()
  const modern = createMcpHandler(
    ({ requestInfo }) => {
      const methods = requestInfo && methodsOf.get(requestInfo)
      if (!methods) throw new Error('The SDK asks for the server of a request that is not its own')
      return serverFor(methods, '2026-07-28')
    },
    { legacy: 'reject', maxSubscriptions: 0 },
  )

  const answer = async (request: Request, body: unknown, methods: Served) => {
    if (!hasEnvelope(body) && (await isLegacyRequest(request, body))) {
      const answer = await known.initialize(methods, async (methods) => {
        const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
        await serverFor(methods, 'initialize').connect(transport)
        return transport.handleRequest(accepting(request), { parsedBody: body })
      })
      return takesEventsOnly(request) && answer.status === 200 ? asEvent(answer) : answer
    }
    return known['2026-07-28'](methods, (methods) => {
      methodsOf.set(request, methods)
      return modern.fetch(request, { parsedBody: body })
    })
  }

  return (request, body, { list, call }) => {
    const { promise: failed, reject } = Promise.withResolvers<never>()
    const watched = <Result>(result: Result) => {
      if (result instanceof Promise) result.catch(reject)
      return result
    }
    const read = (uri: string) => {
      const page = pages?.read(uri)
      if (!page) throw new ResourceNotFoundError(readable(uri))
      return watched(page)
    }
    const methods: Served = {
      list: () => watched(list()),
      call: (...asked) => watched(call(...asked)),
      ...(pages && isAboutResources(body) && { ui: { list: pages.list, read } }),
    }
    return Promise.race([answer(request, body, methods), failed])
  }
}

const kept = { ttlMs: 5 * 60_000, cacheScope: 'private' } as const

/** Serves with long results written once (result-text.ts). */
function knownTexts() {
  const lists = resultTexts<ListToolsResult>('tools', (list) => ({ ...list, tools: [] }))
  const pages = resultTexts<ReadResourceResult>('contents', (page) => ({ ...page, contents: [] }))
  return (methods: Served, serve: (methods: Served) => Promise<Response>) => {
    const { ui } = methods
    return ui
      ? pages(ui.read, (read) => serve({ ...methods, ui: { ...ui, read } }))
      : lists(methods.list, (list) => serve({ ...methods, list }))
  }
}

const isAboutResources = (body: unknown) => {
  const method = at(body, 'method')
  return typeof method === 'string' && method.startsWith('resources/')
}

/**
 * An envelope that names a protocol version is of 2026-07-28 or later. `isLegacyRequest` says the same, but parses the
 * whole envelope; only it knows the rules for `initialize`.
 */
const hasEnvelope = (body: unknown) =>
  at(body, 'method') !== 'initialize' &&
  at(body, 'params', '_meta', PROTOCOL_VERSION_META_KEY) !== undefined

/** The SDK refuses an Accept header without both types. Some clients send one or none, and accept what they get. */
function accepting(request: Request): Request {
  const accept = request.headers.get('accept') ?? ''
  const wanted = ['application/json', 'text/event-stream']
  if (wanted.every((type) => accept.includes(type))) return request
  const headers = new Headers(request.headers)
  headers.set('accept', wanted.join(', '))
  return new Request(request.url, { method: request.method, headers })
}

function takesEventsOnly({ headers }: Request): boolean {
  const types = (headers.get('accept') ?? '').split(',').map((it) => it.split(';')[0]?.trim())
  const json = ['application/json', 'application/*', '*/*']
  return types.includes('text/event-stream') && !types.some((type) => type && json.includes(type))
}

/** As one event (HTML standard, "Server-sent events"). JSON.stringify writes no line breaks. */
const asEvent = async (answer: Response) =>
  new Response(`event: message\ndata: ${await answer.text()}\n\n`, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' },
  })
