/** Clients that need an endpoint's URL and nothing else, where the authorization server is on. */
import packageJson from '../../package.json' with { type: 'json' }
import { type Code, consoleText, fields, json } from './guide.ts'
import type { Endpoint } from './values.ts'

const { 'mcp-remote': mcpRemote } = packageJson.devDependencies

/** What a person does in a client. */
export type UrlGuide = { client: string; say: string; code: (endpoint: Endpoint) => Code }

export const urlGuides: readonly UrlGuide[] = [
  {
    client: 'Visual Studio Code',
    say: 'In `.vscode/mcp.json`, or by “MCP: Add Server…”:',
    code: ({ name, url }) => json({ servers: { [name]: { type: 'http', url } } }),
  },
  {
    client: 'Claude (claude.ai, Desktop)',
    say: 'Settings, Connectors, Add custom connector. Leave the advanced settings empty:',
    code: ({ url }) => fields([['Remote MCP server URL', url]]),
  },
  {
    client: 'Claude Code',
    say: 'Then `/mcp` signs in:',
    code: ({ name, url }) => consoleText(`claude mcp add --transport http ${name} ${url}`),
  },
  {
    client: 'ChatGPT',
    say: 'With developer mode on, create a connector (the menus’ names differ by plan). Leave the client id empty:',
    code: ({ url }) =>
      fields([
        ['MCP Server URL', url],
        ['Authentication', 'OAuth'],
      ]),
  },
  {
    client: 'Copilot Studio',
    say: 'Tools, Add a tool, New tool, Model Context Protocol; OAuth 2.0, type Dynamic discovery:',
    code: ({ name, url }) =>
      fields([
        ['Server name', name],
        ['Server URL', url],
      ]),
  },
  {
    client: 'Cursor',
    say: 'In `.cursor/mcp.json`:',
    code: ({ name, url }) => json({ mcpServers: { [name]: { url } } }),
  },
  {
    client: 'Programs that start a command',
    say: 'Where a client takes no URL, `mcp-remote` stands between:',
    code: ({ name, url }) =>
      json({ mcpServers: { [name]: { command: 'npx', args: [`mcp-remote@${mcpRemote}`, url] } } }),
  },
]
