/** Microsoft Foundry: its connection as the portal shows it, and how agents and toolboxes name it. */
import { stringify } from 'yaml'
import { type ClientGuide, consoleText, fields, issue, json, type Limit } from './guide.ts'
import type { ClientValues, Endpoint } from './values.ts'

/** Default name of the connection to an endpoint. */
export const connectionName = (endpoint: Endpoint) => `mcp-${endpoint.name}`

/** As the portal's form has them (OAuth Identity Passthrough). The secret is never shown. */
export function portalFields(options: {
  values: ClientValues
  /** Of Foundry's own registration. */
  clientId: string | undefined
  endpoint: Endpoint
  connection: string
  redirectUrl: string | undefined
}): [label: string, value: string][] {
  const { values, clientId, endpoint, connection, redirectUrl } = options
  return [
    ['Name', connection],
    ['Remote MCP Server endpoint', endpoint.url],
    ['Authentication', 'OAuth Identity Passthrough'],
    ['Client ID', clientId ?? '(made with the connection)'],
    ['Client secret', '(kept in the connection only)'],
    ['Auth URL', values.authorizationEndpoint],
    ['Token URL', values.tokenEndpoint],
    ['Refresh URL', values.tokenEndpoint],
    ['Scopes', [...endpoint.scopes, 'offline_access'].join(' ')],
    ['Redirect URL', redirectUrl ?? '(made by Foundry with the connection)'],
  ]
}

const redirectUris = [
  {
    uri: 'https://global.consent.azure-apim.net/redirect/<of the connection>',
    registeredBy: 'connect:foundry',
  },
] as const

const limits: readonly Limit[] = [
  {
    text: 'A secret is needed: Foundry does no PKCE.',
    links: [issue('microsoft-foundry/new-foundry-portal#109')],
  },
  {
    text: 'It sends no `resource`; the scopes alone decide whom the token is for.',
    links: [issue('microsoft-foundry/new-foundry-portal#63')],
  },
  {
    text: '401 once the token has expired, in spite of `offline_access`: consent once more.',
    links: [issue('microsoft-foundry/new-foundry-portal#134')],
  },
  {
    text: 'It asks for the connection’s scopes and never for more, so a tool with a scope of administrators (here `cost_export`) answers 403 `insufficient_scope`.',
    links: ['https://learn.microsoft.com/azure/foundry/agents/how-to/mcp-authentication'],
  },
]

export const foundryPromptAgent: ClientGuide = {
  client: 'Microsoft Foundry, prompt agent',
  sendsResource: 'no',
  registration: 'made for it, with a secret',
  redirectUris,
  steps: (values, endpoint) => [
    {
      say: 'Connect the project. This makes Foundry’s own registration (“MCP client Foundry”), lets it call, and makes the connection with its secret and redirect URI; a second run changes nothing. Needs Cognitive Services Contributor on the project, Website Contributor on the function app, and the right to make app registrations.',
      code: consoleText('npm run connect:foundry -- --project <resource id of the project>'),
    },
    {
      say: 'Or by azd, with a registration and a secret that you make as for [Claude](#claude-claudeai-desktop); the redirect URI of the connection is then yours to register:',
      code: consoleText(
        `azd ai connection create ${connectionName(endpoint)} --kind remote-tool --target ${endpoint.url} \\
    --auth-type oauth2 --client-id $CLIENT_ID --client-secret "$CLIENT_SECRET" \\
    --authorization-url ${values.authorizationEndpoint} \\
    --token-url ${values.tokenEndpoint} \\
    --refresh-url ${values.tokenEndpoint} \\
    --scopes "${[...endpoint.scopes, 'offline_access'].join(' ')}"`,
      ),
    },
    {
      say: 'In the portal it then looks like this:',
      code: fields(
        portalFields({
          values,
          clientId: undefined,
          endpoint,
          connection: connectionName(endpoint),
          redirectUrl: redirectUris[0].uri,
        }),
      ),
    },
    {
      say: 'Give the agent the tool:',
      code: json({
        type: 'mcp',
        server_label: endpoint.name,
        server_url: endpoint.url,
        project_connection_id: connectionName(endpoint),
        require_approval: 'always',
      }),
    },
    {
      say: 'The first call answers an item `oauth_consent_request`: show its `consent_link` to the person, and send the request again with `previous_response_id`. Each person consents once per connection, and needs the role Foundry Agent Consumer on the project and an account of the same tenant.',
    },
  ],
  limits: [
    ...limits,
    {
      text: 'Not for agents published to Teams.',
      links: ['https://learn.microsoft.com/azure/foundry/agents/how-to/mcp-authentication'],
    },
  ],
}

export const foundryHostedAgent: ClientGuide = {
  client: 'Microsoft Foundry, hosted agent',
  sendsResource: 'no',
  registration: 'made for it, with a secret',
  redirectUris,
  steps: (_values, endpoint) => [
    {
      say: 'The connection, as above; one serves prompt agents and toolboxes.',
      code: consoleText('npm run connect:foundry -- --project <resource id of the project>'),
    },
    {
      say: 'A toolbox that uses it, in the `azure.yaml` of the agent (extension `azure.ai.toolboxes` of azd), then `azd deploy`:',
      code: {
        language: 'yaml',
        text: stringify({
          services: {
            'mcp-tools': {
              host: 'azure.ai.toolbox',
              tools: [
                {
                  type: 'mcp',
                  server_label: endpoint.name,
                  project_connection_id: connectionName(endpoint),
                  require_approval: 'never',
                },
              ],
            },
          },
        }).trimEnd(),
      },
    },
    {
      say: `The agent calls \`<project endpoint>/toolboxes/mcp-tools/mcp?api-version=v1\` with a token for \`https://ai.azure.com/.default\`; tools are named \`${endpoint.name}___<tool>\`. For a person who has not consented, \`tools/list\` answers JSON-RPC error -32006 with the link in its message.`,
    },
  ],
  limits: [
    ...limits,
    {
      text: 'The agent’s own identity has no user to act for and is refused (403 `access_denied`); a token for `https://ai.azure.com` has another audience (401). The toolbox shows both as -32007.',
      links: [issue('Azure/gpt-rag-orchestrator#287')],
    },
    {
      text: 'The consent link may be bound to the container’s identity instead of the person’s.',
      links: [issue('microsoft/agent-framework#7658'), issue('microsoft/agent-framework#8379')],
    },
    {
      text: 'An application that calls the agent with a managed identity shares one consent.',
      links: [issue('Azure/azure-sdk-for-net#58001')],
    },
    {
      text: 'A call ends after 100 s, and schemas with `anyOf` or `allOf` are refused; calls here end after 60 s, and schemas have none.',
      links: ['https://learn.microsoft.com/azure/foundry/agents/how-to/tools/mcp'],
    },
  ],
}
