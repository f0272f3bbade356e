/**
 * Another MCP server, spoken to by the official client in both eras of the protocol, with one connection a call. What
 * it says of itself and its tools is kept for each user, for as long as it says; how a request gets there is
 * far-fetch.ts's, what of an answer passes far-result.ts's.
 */
import {
  type CallToolResult,
  Client,
  type Tool as FarTool,
  type PriorDiscovery,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { LRUCache } from 'lru-cache'
import packageJson from '../../package.json' with { type: 'json' }
import { type Failures, failuresOf } from '../api-client/failures.ts'
import type { Downstream } from '../downstreams.ts'
import { Failure } from '../failure.ts'
import { isObject } from '../json.ts'
import type { CallContext } from '../mcp/call-context.ts'
import type { ToolWords } from '../mcp/define-endpoint.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { farFailure } from './far-failure.ts'
import { farFetch } from './far-fetch.ts'
import { checkSize, passedResult, passedWords } from './far-result.ts'

export type FarServer = {
  /** Throws a Failure. */
  tools: (context: CallContext) => Promise<ReadonlyMap<string, ToolWords>>
  /** Throws a Failure. */
  call: (
    call: { farName: string; args: unknown; reads: boolean },
    context: CallContext,
  ) => Promise<CallToolResult>
}

/** What one user is told of the server. */
type Known = {
  prior: PriorDiscovery
  tools: ReadonlyMap<string, { tool: FarTool; words: ToolWords }>
  /** Milliseconds since 1970. */
  until: number
  size: number
}

/** Milliseconds: without a word of the server's, and within what bounds its own counts. */
const defaultTtl = 5 * 60_000
const shortestTtl = 30_000
const longestTtl = 60 * 60_000
/** Characters of descriptions and schemas, of all users together. */
const maxKnown = 32 * 1024 * 1024
const maxPages = 20

export function farServer(downstream: Downstream): FarServer {
  const failures = failuresOf(downstream.name, [])
  const known = new LRUCache<string, Known>({
    maxSize: maxKnown,
    sizeCalculation: ({ size }) => size,
  })
  const flight = singleFlight<Known>()

  const keyOf = ({ user: { tid, oid }, exchangeOf }: CallContext) => {
    const { url, scope } = exchangeOf(downstream)
    return JSON.stringify([url, tid, oid, scope])
  }

  const learn = (context: CallContext) =>
    connected({ downstream, failures, context, reads: true }, async (client) => {
      const listed = await client.listTools(undefined, { cacheMode: 'bypass', ...limits(context) })
      const discover = client.getDiscoverResult()
      const tools = listed.tools.map(
        (tool) => [tool.name, { tool, words: passedWords(tool) }] as const,
      )
      const size = checkSize(listed.tools, failures)
      const ttl = Math.min(
        Math.max(typeof listed.ttlMs === 'number' ? listed.ttlMs : defaultTtl, shortestTtl),
        longestTtl,
      )
      return {
        prior: discover ? { kind: 'modern', discover } : { kind: 'legacy' },
        tools: new Map(tools),
        until: context.now() + ttl,
        size,
      } satisfies Known
    })

  const knownTo = async (context: CallContext) => {
    const key = keyOf(context)
    const held = known.get(key)
    if (held && held.until > context.now()) return held
    return flight(async () => {
      const learned = await learn(context)
      known.set(key, learned)
      return learned
    }, key)
  }

  return {
    async tools(context) {
      const { tools } = await knownTo(context)
      return new Map([...tools].map(([name, { words }]) => [name, words]))
    },
    async call({ farName, args, reads }, context) {
      const { prior, tools } = await knownTo(context)
      const found = tools.get(farName)
      if (!found) throw notOffered(downstream.name)
      // Results are for the caller's client to check, by the schema that passed.
      const { outputSchema: _unchecked, ...toolDefinition } = found.tool
      try {
        return await connected({ downstream, failures, context, reads, prior }, async (client) =>
          passedResult(
            await client.callTool(
              { name: farName, ...(isObject(args) && { arguments: args }) },
              { toolDefinition, ...limits(context) },
            ),
            { name: downstream.name, failures },
          ),
        )
      } catch (error) {
        // It may speak otherwise than it did.
        if (error instanceof Failure && error.detail.reason === 'downstream_unexpected') {
          known.delete(keyOf(context))
        }
        throw error
      }
    },
  }
}

const implementation = { name: packageJson.name, version: packageJson.version }
const options = {
  // Able to do nothing: the server is to ask the user and the model for nothing.
  capabilities: {},
  versionNegotiation: { mode: 'auto' },
  inputRequired: { autoFulfill: false },
  listMaxPages: maxPages,
  jsonSchemaValidator: {
    getValidator: () => () => {
      throw new Error('results are not checked here')
    },
  },
} as const

/** Throws a Failure. */
async function connected<Result>(
  {
    downstream,
    failures,
    context,
    reads,
    prior,
  }: {
    downstream: Downstream
    failures: Failures
    context: CallContext
    reads: boolean
    prior?: PriorDiscovery
  },
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const far = context.exchangeOf(downstream)
  const { fetch, failed } = farFetch({ far, name: downstream.name, reads, failures })
  const client = new Client(implementation, options)
  const transport = new StreamableHTTPClientTransport(new URL(far.url), { fetch })
  try {
    await client.connect(transport, { ...limits(context), ...(prior && { prior }) })
    return await use(client)
  } catch (error) {
    throw failed() ?? farFailure(error, { name: downstream.name, failures })
  } finally {
    // Of a server that keeps sessions; the answer does not wait for it.
    if (transport.sessionId) transport.terminateSession().catch(() => {})
    client.close().catch(() => {})
  }
}

const limits = ({ deadline, now, signal }: CallContext) => ({
  timeout: Math.max(1, deadline - now()),
  signal,
})

const notOffered = (name: string) =>
  new Failure({
    ...{ reason: 'downstream_refused', downstream: name, status: 404, code: undefined },
    person: `${name} does not offer this tool to the signed-in user.`,
    said: undefined,
  })
