/** ChatGPT, a confidential client. */
import { addRedirectUri, type ClientGuide, fields, makeRegistration, ownId } from './guide.ts'

const shown = 'https://chatgpt.com/connector/oauth/<callback id>'

export const chatGpt: ClientGuide = {
  client: 'ChatGPT',
  sendsResource: 'not known',
  registration: 'made for it, with a secret',
  redirectUris: [
    { uri: shown, registeredBy: 'you' },
    { uri: 'https://chatgpt.com/connector_platform_oauth_redirect', registeredBy: 'you' },
  ],
  steps: (_values, { url }) => [
    ...makeRegistration('ChatGPT'),
    {
      say: 'With developer mode on, create a connector (the menus’ names differ by plan), OAuth with a client of your own:',
      code: fields([
        ['MCP Server URL', url],
        ['Authentication', 'OAuth'],
        ['OAuth Client ID', ownId],
        ['OAuth Client Secret', '(the secret)'],
      ]),
    },
    {
      say: 'Register the callback URL that the form shows; each connector has its own. Older connectors use the second redirect URI above.',
      code: addRedirectUri(shown),
    },
  ],
  limits: [
    {
      text: 'Without a client id it wants to register one by itself (DCR or CIMD), which Entra does not do, or only as a preview.',
      links: [
        'https://help.openai.com/en/articles/12584461-developer-mode-and-mcp-apps-in-chatgpt',
      ],
    },
  ],
}
