/** Microsoft Copilot Studio, a confidential client through Power Platform’s connectors. */
import {
  addRedirectUri,
  type ClientGuide,
  fields,
  issue,
  makeRegistration,
  ownId,
} from './guide.ts'

const shown = 'https://global.consent.azure-apim.net/redirect/<of the tool>'

export const copilotStudio: ClientGuide = {
  client: 'Copilot Studio',
  sendsResource: 'not known',
  registration: 'made for it, with a secret',
  redirectUris: [{ uri: shown, registeredBy: 'you' }],
  steps: (values, { name, url, scopes }) => [
    ...makeRegistration('Copilot Studio'),
    {
      say: 'Tools, Add a tool, New tool, Model Context Protocol; OAuth 2.0, type Manual:',
      code: fields([
        ['Server name', name],
        ['Server URL', url],
        ['Client ID', ownId],
        ['Client secret', '(the secret)'],
        ['Authorization URL', values.authorizationEndpoint],
        ['Token URL template', values.tokenEndpoint],
        ['Refresh URL', values.tokenEndpoint],
        ['Scopes', [...scopes, 'offline_access'].join(' ')],
      ]),
    },
    {
      say: 'Register the redirect URL that is then shown; it stays the same for the tool.',
      code: addRedirectUri(shown),
    },
  ],
  limits: [
    {
      text: 'Each tool has a redirect URL of its own, so a copy of an agent needs it registered again.',
      links: [issue('SmartBear/smartbear-mcp#463')],
    },
    {
      text: 'Streamable HTTP only, which is what is served; “Dynamic” types of OAuth need a registration service that Entra has not.',
      links: [
        'https://learn.microsoft.com/microsoft-copilot-studio/mcp-add-existing-server-to-agent',
      ],
    },
  ],
}
