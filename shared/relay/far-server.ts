/**
 * Calls another MCP server through the official client, in both eras of the protocol, with one connection for each
 * call. What the server says about itself and its tools is kept for each user and client while it is fresh. far-fetch.ts
 * sends the requests; far-result.ts limits what passes of an answer.
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
import { failuresOf } from '../api-client/failures.ts'
import type { Downstream } from '../downstreams.ts'
import { Failure } from '../failure.ts'
import { isObject } from '../json.ts'
import type { CallContext, FarSide } from '../mcp/call-context.ts'
import type { ToolWords } from '../mcp/define-endpoint.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { farFailure } from './far-failure.ts'
import { farFetch } from './far-fetch.ts'
import { checkSize, passedResult, passedWords } from './far-result.ts'

export type FarServer = {
  /** The tools that the server offers to this caller, by its names. @throws Failure */
  tools: (context: CallContext) => Promise<ReadonlyMap<string, ToolWords>>
  /** `reads`: whether the call may be retried after a 503. @throws Failure */
  call: (
    call: { farName: string; args: unknown; reads: boolean },
    context: CallContext,
  ) => Promise<CallToolResult>
}

type Call = { far: FarSide; context: CallContext }

/** What the server told one user in one client. */
type Known = {
  prior: PriorDiscovery
  tools: ReadonlyMap<string, { tool: FarTool; words: ToolWords }>
  /** Milliseconds since 1970. */
  until: number
  /** Characters. */
  size: number
}

/** Milliseconds that a list is fresh: if the server says nothing, and the limits of what it may say. */
const defaultTtl = 5 * 60_000
const shortestTtl = 30_000
const longestTtl = 60 * 60_000
/** Characters of descriptions and schemas, of all users together. */
const maxKnown = 32 * 1024 * 1024

export function farServer(downstream: Downstream): FarServer {
  const { name } = downstream
  const failures = failuresOf(name, [])
  const known = new LRUCache<string, Known>({
    maxSize: maxKnown,
    sizeCalculation: ({ size }) => size,
  })
  const flight = singleFlight<Known>()

  /** Uses a client that is connected for this call only. @throws Failure */
  const connected = async <Result>(
    { far, context }: Call,
    { reads, prior }: { reads: boolean; prior?: PriorDiscovery },
    use: (client: Client) => Promise<Result>,
  ): Promise<Result> => {
    const { fetch, failed } = farFetch({ far, name, reads, failures })
    const client = new Client(implementation, options)
    const transport = new StreamableHTTPClientTransport(new URL(far.url), { fetch })
    try {
      await client.connect(transport, { ...limits(context), ...(prior && { prior }) })
      return await use(client)
    } catch (error) {
      throw failed() ?? farFailure(error, { name, failures })
    } finally {
      // Ends the session, if the server keeps one. The answer does not wait for it.
      if (transport.sessionId) transport.terminateSession().catch(() => {})
      client.close().catch(() => {})
    }
  }

  const learn = (call: Call) =>
    connected(call, { reads: true }, async (client): Promise<Known> => {
      const { context } = call
      const listed = await client.listTools(undefined, { cacheMode: 'bypass', ...limits(context) })
      const discover = client.getDiscoverResult()
      const size = checkSize(listed.tools, failures)
      const ttl = typeof listed.ttlMs === 'number' ? listed.ttlMs : defaultTtl
      return {
        prior: discover ? { kind: 'modern', discover } : { kind: 'legacy' },
        tools: new Map(listed.tools.map((tool) => [tool.name, { tool, words: passedWords(tool) }])),
        until: context.now() + Math.min(Math.max(ttl, shortestTtl), longestTtl),
        size,
      }
    })

  const keyOf = ({ far: { url, scope, owner } }: Call) => JSON.stringify([url, scope, owner])

  const knownTo = async (call: Call) => {
    const key = keyOf(call)
    const held = known.get(key)
    if (held && held.until > call.context.now()) return held
    return flight(
      async () => {
        const learned = await learn(call)
        known.set(key, learned)
        return learned
      },
      JSON.stringify([key, call.far.signIn]),
    )
  }

  return {
    async tools(context) {
      const far = context.exchangeOf(downstream)
      // Entra judges each sign-in, even if another one learned the tools.
      await far.tokenFor(far.scope)
      const { tools } = await knownTo({ far, context })
      return new Map([...tools].map(([name, { words }]) => [name, words]))
    },
    async call({ farName, args, reads }, context) {
      const call = { far: context.exchangeOf(downstream), context }
      const { prior, tools } = await knownTo(call)
      const found = tools.get(farName)
      if (!found) throw notOffered(name)
      // The caller's client checks the result, by the schema that it was given.
      const { outputSchema: _unchecked, ...toolDefinition } = found.tool
      const asked = { name: farName, ...(isObject(args) && { arguments: args }) }
      try {
        return await connected(call, { reads, prior }, async (client) => {
          const result = await client.callTool(asked, { toolDefinition, ...limits(context) })
          return passedResult(result, { name, failures })
        })
      } catch (error) {
        // The server may have changed since it was asked.
        if (error instanceof Failure && error.detail.reason === 'downstream_unexpected') {
          known.delete(keyOf(call))
        }
        throw error
      }
    },
  }
}

const implementation = { name: packageJson.name, version: packageJson.version }
const options = {
  // No capabilities: the server is to ask neither the user nor the model for anything.
  capabilities: {},
  versionNegotiation: { mode: 'auto' },
  inputRequired: { autoFulfill: false },
  listMaxPages: 20,
  jsonSchemaValidator: {
    getValidator: () => () => {
      throw new Error('results are not checked here')
    },
  },
} as const

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
