/**
 * Both generations of the official MCP client, unmodified, behind one interface, each with a person who signs in when
 * the client asks. The tests say what they call.
 */
import * as v2 from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import * as z from 'zod'
import { Cookies, signIn } from './sign-in.ts'

type Answer = z.output<typeof answer>
type McpClient = AsyncDisposable & {
  /** Names, in the order of the list. */
  tools: () => Promise<string[]>
  call: (name: string, args?: Record<string, unknown>) => Promise<Answer>
}
/** @param endpoint its URL */
export type ConnectClient = (endpoint: string, person: Person) => Promise<McpClient>

const answer = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.looseObject({ text: z.string() })).min(1),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
})

type Tokens = { access_token: string; token_type: string; refresh_token?: string; scope?: string }
type Registration = { client_id: string; client_secret?: string }

/** What a host application keeps for its user, and the user, as an OAuthClientProvider. */
export class Person {
  readonly redirectUrl = 'http://localhost:33418/callback'
  readonly clientMetadata = {
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
  }
  /** Where the browser came back to, until the client has taken it. */
  returned: URL | undefined
  held: Tokens | undefined
  /** Of the client's metadata document (CIMD), where it has one. */
  clientMetadataUrl?: string
  /** What requests go through; plain here. */
  readonly fetch: typeof fetch = fetch
  #verifier = ''
  #discovered: v2.OAuthDiscoveryState | undefined
  readonly #upn: string
  /** Of the client in the tenant; none: it registers itself. */
  #registration: Registration | undefined
  readonly #cookies = new Cookies()
  /** How often the person was sent to sign in. */
  signIns = 0

  constructor(upn: string, registration?: Registration) {
    this.#upn = upn
    this.#registration = registration
  }

  clientInformation() {
    return this.#registration
  }
  saveClientInformation(registration: Registration) {
    this.#registration = registration
  }
  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery') {
    if (scope === 'all' || scope === 'tokens') this.held = undefined
    if (scope === 'all' || scope === 'client') this.#registration = undefined
  }
  tokens() {
    return this.held
  }
  saveTokens(tokens: Tokens) {
    this.held = tokens
  }
  codeVerifier() {
    return this.#verifier
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier
  }
  discoveryState() {
    return this.#discovered
  }
  saveDiscoveryState(discovered: v2.OAuthDiscoveryState) {
    this.#discovered = discovered
  }
  /** Asks for a refresh token, as hosts do. */
  async redirectToAuthorization(asked: URL) {
    const url = new URL(asked)
    const scopes = new Set(url.searchParams.get('scope')?.split(' ')).add('offline_access')
    url.searchParams.set('scope', [...scopes].join(' '))
    this.signIns += 1
    this.returned = await signIn(url, this.#upn, this.#cookies)
  }
}

const info = { name: 'test', version: '1' }

const v2Client =
  (options: v2.ClientOptions, prepare = (_client: v2.Client) => {}): ConnectClient =>
  (endpoint, person) =>
    connect(person, () => {
      const client = new v2.Client(info, options)
      prepare(client)
      const transport = new v2.StreamableHTTPClientTransport(new URL(endpoint), {
        authProvider: person,
        fetch: person.fetch,
      })
      return {
        connect: () => client.connect(transport),
        finishAuth: ({ searchParams }) => transport.finishAuth(searchParams),
        tools: async () => (await client.listTools()).tools,
        call: (name, args) => client.callTool({ name, arguments: args }),
        close: () => client.close(),
      }
    })

const v1Client: ConnectClient = (endpoint, person) =>
  connect(person, () => {
    const client = new ClientV1(info)
    const transport = new TransportV1(new URL(endpoint), { authProvider: person })
    return {
      connect: () => client.connect(transport),
      finishAuth: ({ searchParams }) => transport.finishAuth(searchParams.get('code') ?? ''),
      tools: async () => (await client.listTools()).tools,
      call: (name, args) => client.callTool({ name, arguments: args }),
      close: () => client.close(),
    }
  })

const stateless: v2.ClientOptions = { versionNegotiation: { mode: { pin: '2026-07-28' } } }

export const mcpClients = {
  'client v2': v2Client({}),
  'client v2, auto': v2Client({ versionNegotiation: { mode: 'auto' } }),
  'client v2, 2026-07-28': v2Client(stateless),
  'client v1': v1Client,
}

/** A client of 2026-07-28 that can show a link to its user; `show` is told of it and answers for them. */
export const linkShowingClient = (
  show: (link: URL) => Promise<'accept' | 'decline' | 'cancel'>,
): ConnectClient =>
  v2Client({ ...stateless, capabilities: { elicitation: { url: {} } } }, (client) => {
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      if (params.mode !== 'url') throw new Error('asked for something else than a link')
      return { action: await show(new URL(params.url)) }
    })
  })

/** What both generations have in common. */
type Unmodified = {
  connect: () => Promise<void>
  finishAuth: (returned: URL) => Promise<void>
  tools: () => Promise<{ name: string }[]>
  call: (name: string, args: Record<string, unknown>) => Promise<unknown>
  close: () => Promise<void>
}

/** Does what hosts do: when the client has sent the person to sign in, finishes the sign-in and tries once more. */
async function connect(person: Person, open: () => Unmodified): Promise<McpClient> {
  let client = open()
  const finishSignIn = async (error: unknown) => {
    const { returned } = person
    if (!returned) throw error
    person.returned = undefined
    await client.finishAuth(returned)
  }
  await client.connect().catch(async (error) => {
    await finishSignIn(error)
    client = open()
    await client.connect()
  })
  return {
    tools: async () => (await client.tools()).map(({ name }) => name),
    async call(name, args = {}) {
      const result = await client.call(name, args).catch(async (error) => {
        await finishSignIn(error)
        return client.call(name, args)
      })
      return answer.parse(result)
    },
    [Symbol.asyncDispose]: () => client.close(),
  }
}
