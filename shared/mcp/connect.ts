/**
 * How a person adds an endpoint to each client, with the values of this deployment. Client ids that only the operator
 * knows are described in words. docs/clients.md has longer guides and the limits of each client.
 */
import type { Authority } from '../entra/authority.ts'

export type Connecting = {
  /** Links that open the client. */
  buttons: { label: string; href: string }[]
  /** Values to copy. `label`: the client's name of the field; empty if it has none. */
  clients: { client: string; say: string; values: [label: string, value: string][] }[]
}

/** The ways to add an endpoint, for its page (endpoint-page.ts). */
export function connecting(options: {
  name: string
  /** The endpoint's URL. */
  url: string
  /** As in the endpoint's metadata. */
  scopes: readonly string[]
  authority: Authority
  /** Whether our authorization server registers clients. Otherwise each needs a registration in Entra. */
  registersClients: boolean
}): Connecting {
  return options.registersClients ? byUrl(options) : byClientId(options)
}

type Options = Omit<Parameters<typeof connecting>[0], 'registersClients'>

/** https://code.visualstudio.com/api/extension-guides/ai/mcp#create-an-mcp-installation-url */
const vsCodeLink = ({ name, url }: Options) =>
  `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url }))}`

/** https://cursor.com/docs/context/mcp/install-links */
const cursorLink = ({ name, url }: Options) => {
  const config = Buffer.from(JSON.stringify({ url })).toString('base64')
  return `cursor://anysphere.cursor-deeplink/mcp/install?${new URLSearchParams({ name, config })}`
}

const copied = (text: string): [label: string, value: string][] => [['', text]]

const inspect = (target: string) =>
  `npx @modelcontextprotocol/inspector --cli ${target} --transport http --method tools/list`
const callback = 'http://127.0.0.1:6276/oauth/callback'

function byUrl(options: Options): Connecting {
  const { name, url } = options
  return {
    buttons: [
      { label: 'Add to VS Code', href: vsCodeLink(options) },
      { label: 'Add to Cursor', href: cursorLink(options) },
    ],
    clients: [
      {
        client: 'Claude',
        say: 'Settings, Connectors, Add custom connector. Enter the URL; leave the advanced settings empty.',
        values: copied(url),
      },
      {
        client: 'Claude Code',
        say: 'Then /mcp signs in.',
        values: copied(`claude mcp add --transport http ${name} ${url}`),
      },
      {
        client: 'ChatGPT',
        say: 'In developer mode, create a connector with this MCP Server URL and OAuth. It needs no client id.',
        values: copied(url),
      },
      {
        client: 'Copilot Studio',
        say: 'Tools, Add a tool, Model Context Protocol. Enter the Server URL; choose OAuth 2.0, Dynamic discovery.',
        values: copied(url),
      },
      foundry(options),
      {
        client: 'MCP Inspector',
        say: 'On the command line; a browser opens for the sign-in.',
        values: copied(inspect(url)),
      },
    ],
  }
}

function byClientId(options: Options): Connecting {
  const { name, url } = options
  return {
    buttons: [{ label: 'Add to VS Code', href: vsCodeLink(options) }],
    clients: [
      {
        client: 'Cursor',
        say: 'In .cursor/mcp.json, with the client id from the operator.',
        values: copied(
          `{"mcpServers":{"${name}":{"url":"${url}","auth":{"CLIENT_ID":"<client id>"}}}}`,
        ),
      },
      {
        client: 'Claude',
        say: 'Settings, Connectors, Add custom connector. Under Advanced settings, enter the client id and secret that the operator created for Claude.',
        values: copied(url),
      },
      {
        client: 'Claude Code',
        say: 'With the client id from the operator and no secret. Then /mcp signs in.',
        values: copied(`claude mcp add --transport http --client-id <client id> ${name} ${url}`),
      },
      {
        client: 'ChatGPT',
        say: 'In developer mode, create a connector with OAuth and the client id and secret that the operator created for ChatGPT.',
        values: copied(url),
      },
      {
        client: 'Copilot Studio',
        say: 'Tools, Add a tool, Model Context Protocol. Choose OAuth 2.0, Manual; enter the client id and secret that the operator created for it, and:',
        values: manual(options),
      },
      foundry(options),
      {
        client: 'MCP Inspector',
        say: 'On the command line, with the client id from the operator.',
        values: copied(inspect(`${url} --client-id <client id> --callback-url ${callback}`)),
      },
    ],
  }
}

/** Foundry always needs a registration of its own: it does neither discovery nor PKCE. */
const foundry = (options: Options): Connecting['clients'][number] => ({
  client: 'Microsoft Foundry',
  say: 'The operator connects a project (npm run connect:foundry). By hand: choose OAuth Identity Passthrough; enter the client id and secret that the operator created for it, and:',
  values: manual(options),
})

const manual = ({ url, scopes, authority }: Options): [string, string][] => [
  ['Server URL', url],
  ['Authorization URL', authority.authorizationEndpoint],
  ['Token and refresh URL', authority.tokenEndpoint],
  ['Scopes', [...scopes, 'offline_access'].join(' ')],
]
