/**
 * MCP clients as people have them, unmodified, each behind the same interface: libraries in this process and programs
 * beside it. All are told an endpoint's URL and, where they take one, the URL of their metadata document (CIMD) or the
 * id of their registration. Each signs one user in; the tests say what it calls.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import * as aiSdk from '@ai-sdk/mcp'
import * as v2 from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import * as z from 'zod'
import { freePort } from '../../local/ports.ts'
import { mcpClients, Person } from './mcp-clients.ts'

/** How a client comes to its id: registers itself, names its document, or was given one. */
export type Identity =
  | { by: 'DCR' }
  | { by: 'CIMD'; documentUrl: string }
  | { by: 'client id'; clientId: string }

export type TriedClient = AsyncDisposable & {
  /** What a person or a model reads of a call's end, in success and in failure. */
  call: (tool: string, args?: Record<string, string>) => Promise<{ ok: boolean; text: string }>
  /** Puts an access token that has ended in the place of the one that the client keeps. */
  expire: () => Promise<void>
}
export type StartClient = (options: {
  endpoint: string
  upn: string
  identity: Identity
}) => Promise<TriedClient>

/** Milliseconds: a client that hangs has failed for a person too. */
const patience = 20_000
/** Of a stored token, as an API would find it. */
const ended = 'ended'

const library =
  (connect: (typeof mcpClients)[keyof typeof mcpClients]): StartClient =>
  async ({ endpoint, upn, identity }) => {
    const person = personOf(upn, identity)
    let client: Awaited<ReturnType<typeof connect>> | undefined
    return {
      call: (tool, args) =>
        ending(async () => {
          client ??= await connect(endpoint, person)
          const { isError, content } = await client.call(tool, args)
          return { ok: !isError, text: content.map(({ text }) => text).join('\n') }
        }),
      async expire() {
        if (person.held) person.held = { ...person.held, access_token: ended }
      },
      [Symbol.asyncDispose]: async () => client?.[Symbol.asyncDispose](),
    }
  }

function personOf(upn: string, identity: Identity): Person {
  if (identity.by === 'client id') return new Person(upn, { client_id: identity.clientId })
  const person = new Person(upn)
  if (identity.by === 'CIMD') person.clientMetadataUrl = identity.documentUrl
  return person
}

/** Like the hosts of its documentation: signs in when told that the user is not, then connects or calls again. */
const aiSdkClient: StartClient = async ({ endpoint, upn, identity }) => {
  const person = personOf(upn, identity)
  const transport = { type: 'http', url: endpoint, authProvider: person } as const
  const signedIn = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    try {
      return await act()
    } catch (error) {
      const { returned } = person
      if (!returned) throw error
      person.returned = undefined
      const { searchParams } = returned
      await aiSdk.auth(person, {
        serverUrl: endpoint,
        authorizationCode: searchParams.get('code') ?? '',
        ...(searchParams.has('state') && { callbackState: searchParams.get('state') ?? '' }),
        ...(searchParams.has('iss') && { callbackIssuer: searchParams.get('iss') ?? '' }),
      })
      return act()
    }
  }
  let client: aiSdk.MCPClient | undefined
  return {
    call: (tool, args = {}) =>
      ending(async () => {
        client ??= await signedIn(() => aiSdk.createMCPClient({ transport }))
        const open = client
        return resultOf(await signedIn(() => open.callTool({ name: tool, arguments: args })))
      }),
    async expire() {
      if (person.held) person.held = { ...person.held, access_token: ended }
    },
    [Symbol.asyncDispose]: async () => client?.close(),
  }
}

/** A program in a home of its own, with `sign-in.ts` for a browser. */
export async function home(upn: string) {
  const folder = await mkdtemp(join(tmpdir(), 'client-'))
  return {
    folder,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      HOME: folder,
      // No desktop: desktops ignore BROWSER.
      XDG_CURRENT_DESKTOP: 'X-Generic',
      BROWSER: 'node test/support/sign-in.ts',
      SIGN_IN_AS: upn,
    },
    /** In the file of that ending, wherever the program keeps it. */
    async expire(ending: string) {
      const files = await readdir(folder, { recursive: true })
      const file = join(folder, files.find((it) => it.endsWith(ending)) ?? ending)
      const kept = await readFile(file, 'utf8')
      const token = /(access_token\\?":\s*\\?")[\w.-]+/g
      await writeFile(
        file,
        kept.replace(token, (_, before) => `${before}${ended}`),
      )
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export const program = (specifier: string) => fileURLToPath(import.meta.resolve(specifier))

const inspectorCli: StartClient = async ({ endpoint, upn, identity }) => {
  const at = await home(upn)
  const port = await freePort()
  const identified = {
    DCR: () => [],
    CIMD: (it: Identity) => ['--client-metadata-url', 'documentUrl' in it ? it.documentUrl : ''],
    'client id': (it: Identity) => ['--client-id', 'clientId' in it ? it.clientId : ''],
  }[identity.by](identity)
  return {
    async call(tool, args = {}) {
      const child = spawn(
        process.execPath,
        [
          program('@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
          ...['--cli', endpoint, '--transport', 'http', '--format', 'json', '--quiet'],
          ...['--callback-url', `http://127.0.0.1:${port}/oauth/callback`, ...identified],
          ...['--method', 'tools/call', '--tool-name', tool],
          ...Object.entries(args).flatMap(([name, value]) => ['--tool-arg', `${name}=${value}`]),
        ],
        {
          cwd: at.cwd,
          env: {
            ...at.env,
            MCP_INSPECTOR_SECRET_STORE: 'file',
            MCP_AUTO_OPEN_ENABLED: 'true',
          },
          timeout: patience,
        },
      )
      child.stdin.end('y\n')
      const [output, errors] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'exit'),
      ])
      if (child.exitCode !== 0) return { ok: false, text: `${output}\n${errors}` }
      return resultOf(z.object({ result: z.unknown() }).parse(JSON.parse(output)).result)
    },
    expire: () => at.expire('secrets.json'),
    [Symbol.asyncDispose]: at[Symbol.asyncDispose],
  }
}

const mcpRemote: StartClient = async ({ endpoint, upn, identity }) => {
  const at = await home(upn)
  const identified =
    identity.by === 'DCR'
      ? []
      : identity.by === 'CIMD'
        ? ['--client-metadata-url', identity.documentUrl]
        : ['--static-oauth-client-info', JSON.stringify({ client_id: identity.clientId })]
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program('mcp-remote/dist/proxy.js'), endpoint, String(await freePort()), ...identified],
    cwd: at.cwd,
    env: { ...at.env, MCP_REMOTE_CONFIG_DIR: join(at.folder, 'mcp') },
    stderr: 'ignore',
  })
  const client = new v2.Client({ name: 'test', version: '1' })
  let connected: Promise<void> | undefined
  return {
    call: (tool, args = {}) =>
      ending(async () => {
        connected ??= client.connect(transport, { timeout: patience })
        await connected
        return resultOf(
          await client.callTool({ name: tool, arguments: args }, { timeout: patience }),
        )
      }),
    expire: () => at.expire('_tokens.json'),
    async [Symbol.asyncDispose]() {
      await client.close()
      await at[Symbol.asyncDispose]()
    },
  }
}

const result = z.object({
  isError: z.boolean().default(false),
  content: z.array(z.looseObject({ text: z.string() })),
})

function resultOf(answer: unknown): { ok: boolean; text: string } {
  const { isError, content } = result.parse(answer)
  return { ok: !isError, text: content.map(({ text }) => text).join('\n') }
}

/** Of a call that may throw. */
const ending = (call: () => Promise<{ ok: boolean; text: string }>) =>
  call().catch((error: unknown) => ({ ok: false, text: saidBy(error) }))

const saidBy = (error: unknown): string =>
  error instanceof Error ? [error.message, saidBy(error.cause)].filter(Boolean).join(': ') : ''

export const triedClients: readonly {
  name: string
  start: StartClient
  identifies: readonly Identity['by'][]
}[] = [
  {
    name: '@modelcontextprotocol/client',
    start: library(mcpClients['client v2, auto']),
    identifies: ['DCR', 'CIMD', 'client id'],
  },
  {
    name: '@modelcontextprotocol/sdk',
    start: library(mcpClients['client v1']),
    identifies: ['DCR', 'CIMD', 'client id'],
  },
  {
    name: '@modelcontextprotocol/inspector, command line',
    start: inspectorCli,
    identifies: ['DCR', 'CIMD', 'client id'],
  },
  { name: 'mcp-remote', start: mcpRemote, identifies: ['DCR', 'CIMD', 'client id'] },
  { name: '@ai-sdk/mcp', start: aiSdkClient, identifies: ['DCR', 'client id'] },
]
