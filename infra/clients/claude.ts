/** Claude in the browser and on the desktop, a confidential client, and Claude Code, a public one. */
import { type ClientGuide, consoleText, fields, issue, makeRegistration, ownId } from './guide.ts'

const callback = 'https://claude.ai/api/mcp/auth_callback'

export const claude: ClientGuide = {
  client: 'Claude (claude.ai, Desktop)',
  sendsResource: 'yes',
  registration: 'made for it, with a secret',
  redirectUris: [{ uri: callback, registeredBy: 'you' }],
  steps: (_values, { url }) => [
    ...makeRegistration('Claude', callback),
    {
      say: 'Settings, Connectors, Add custom connector; the last two under Advanced settings:',
      code: fields([
        ['Remote MCP server URL', url],
        ['OAuth Client ID', ownId],
        ['OAuth Client Secret', '(the secret)'],
      ]),
    },
  ],
  limits: [
    {
      text: 'AADSTS7000218 at the end of the sign-in: the secret is missing in the connector.',
      links: [issue('anthropics/claude-ai-mcp#632')],
    },
    {
      text: 'It forced `prompt=consent`, which asks people at each sign-in and stops those who may not consent. Both reports are closed as done; a newer one says that it still happens where `offline_access` is asked for.',
      links: [
        issue('anthropics/claude-ai-mcp#169'),
        issue('anthropics/claude-ai-mcp#104'),
        issue('anthropics/claude-code#94804'),
      ],
    },
    {
      text: 'After a refused refresh, people sign in again.',
      links: [issue('anthropics/claude-ai-mcp#228')],
    },
    {
      text: 'Scopes are sent as the metadata has them, so they are fully qualified there.',
      links: [issue('anthropics/claude-ai-mcp#977'), issue('anthropics/claude-ai-mcp#517')],
    },
  ],
}

export const claudeCode: ClientGuide = {
  client: 'Claude Code',
  sendsResource: 'yes',
  registration: 'ours, without a secret',
  redirectUris: [{ uri: 'http://localhost/callback', registeredBy: 'azd' }],
  steps: ({ clientId }, { name, url }) => [
    {
      say: 'The client id alone: with a secret Entra refuses (AADSTS700025). Then `/mcp` signs in. Any port of localhost is good.',
      code: consoleText(`claude mcp add --transport http --client-id ${clientId} ${name} ${url}`),
    },
  ],
  limits: [
    {
      text: 'AADSTS9010010: some versions put a slash at the end of `resource`, which no identifier URI can have.',
      links: [issue('anthropics/claude-code#52871'), issue('anthropics/claude-code#73460')],
    },
    {
      text: 'It forces `prompt=consent`.',
      links: [issue('anthropics/claude-code#94804')],
    },
    {
      text: 'AADSTS90009 on refresh where client and API are one registration; here they are two.',
      links: [issue('anthropics/claude-code#89862')],
    },
  ],
}
