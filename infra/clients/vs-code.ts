/** Visual Studio Code, which signs people in with a registration of its own. */
import { type ClientGuide, issue, json } from './guide.ts'

export const vsCode: ClientGuide = {
  client: 'Visual Studio Code',
  sendsResource: 'yes',
  registration: 'its own',
  redirectUris: [],
  steps: ({ vsCodeClientId }, { name, url }) => [
    {
      say: `In \`.vscode/mcp.json\`, or by “MCP: Add Server…”. Its client id, \`${vsCodeClientId}\`, is pre-authorized (\`PRE_AUTHORIZED_CLIENTS\`), so users are not asked to consent.`,
      code: json({ servers: { [name]: { type: 'http', url } } }),
    },
  ],
  limits: [
    {
      text: 'AADSTS9010010 at sign-in: the endpoint’s URL is no identifier URI of the API’s registration.',
      links: [issue('microsoft/powerbi-modeling-mcp#68'), issue('microsoft/vscode#321249')],
    },
    {
      text: 'Asked for a client id: it did not find Entra in the metadata, and registers nowhere by itself.',
      links: [issue('microsoft/vscode#257415')],
    },
  ],
}
