/** The MCP Inspector, a public client, for looking into a deployment. */
import packageJson from '../../package.json' with { type: 'json' }
import { type ClientGuide, consoleText, issue } from './guide.ts'

const command = `npx @modelcontextprotocol/inspector@${packageJson.devDependencies['@modelcontextprotocol/inspector']}`

export const inspector: ClientGuide = {
  client: 'MCP Inspector',
  sendsResource: 'yes',
  registration: 'ours, without a secret',
  redirectUris: [{ uri: 'http://127.0.0.1/oauth/callback', registeredBy: 'azd' }],
  steps: ({ clientId }, { url }) => [
    {
      say: 'On the command line; a browser opens for the sign-in. Any port is good.',
      code: consoleText(
        `${command} --cli ${url} --transport http \\
    --client-id ${clientId} --callback-url http://127.0.0.1:6276/oauth/callback \\
    --method tools/list`,
      ),
    },
    {
      say: 'Without `--cli` and URL a page does the same: add the server there, open Settings on its card, and put the client id under OAuth Settings.',
    },
  ],
  limits: [
    {
      text: '“Incompatible auth server: does not support dynamic client registration”: the client id is missing. A page that was started with `--server-url` has no Settings to put it in.',
      links: [issue('modelcontextprotocol/inspector#167')],
    },
    {
      text: 'It asks for `offline_access` with `prompt=consent`: the person consents at each sign-in.',
      links: [issue('modelcontextprotocol/inspector#2068')],
    },
  ],
}
