/** Generates docs/clients.md from the guides in infra/clients/. */

import { urlGuides } from '../infra/clients/by-url.ts'
import { chatGpt } from '../infra/clients/chatgpt.ts'
import { claude, claudeCode } from '../infra/clients/claude.ts'
import { copilotStudio } from '../infra/clients/copilot-studio.ts'
import { foundryHostedAgent, foundryPromptAgent } from '../infra/clients/foundry.ts'
import type { ClientGuide, Limit, RedirectUri, Step } from '../infra/clients/guide.ts'
import { inspector } from '../infra/clients/inspector.ts'
import { aiSdk, dotNet, goSdk, python } from '../infra/clients/sdks.ts'
import {
  type ClientValues,
  clientValues,
  type Endpoint,
  endpointsForUsers,
} from '../infra/clients/values.ts'
import { vsCode } from '../infra/clients/vs-code.ts'
import { trialTable } from './client-trials.ts'

export const guides: readonly ClientGuide[] = [
  vsCode,
  claude,
  claudeCode,
  chatGpt,
  copilotStudio,
  foundryPromptAgent,
  foundryHostedAgent,
  inspector,
  dotNet,
  goSdk,
  aiSdk,
  python,
]

/** Values of a deployment with a custom domain. */
export const example = (permissions: Parameters<typeof endpointsForUsers>[0]) =>
  clientValues({
    tenantId: '11111111-1111-4111-8111-111111111111',
    apiClientId: 'a0000000-0000-4000-8000-00000000000a',
    clientId: 'c0000000-0000-4000-8000-00000000000b',
    authorityHost: 'https://login.microsoftonline.com',
    publicBaseUrl: 'https://mcp.contoso.com',
    appIdUri: undefined,
    endpoints: endpointsForUsers(permissions),
  })

/** Shows one endpoint; the others differ only in URL and scopes. */
export function clientsPage(values: ClientValues): string {
  const sections = values.endpoints
    .slice(0, 1)
    .flatMap((endpoint) => guides.map((guide) => section(guide, values, endpoint)))
  return `${[introduction(values), ...sections].join('\n\n')}\n`
}

const introduction = (values: ClientValues) => `# Connecting clients

With the authorization server on (\`OAUTH_CLIENT_ID\`; a deployment turns it on, \`AUTHORIZATION=entra\` leaves it off), a client needs [only the URL](#by-the-url-alone). In either case a client can have [its own registration](#with-a-registration); Microsoft Foundry needs one.

Generated from infra/clients/ by \`npm run generate\`, with the values of a deployment on \`${new URL(values.endpoints[0]?.url ?? '').host}\`. \`azd up\` prints your own, and writes them to \`.azure/<environment>/mcp-clients.json\`:

\`\`\`json
${JSON.stringify(values, null, 2)}
\`\`\`

${byUrl(values)}

## With a registration

Entra does not let clients register themselves: it has no dynamic client registration, and client ids that are URLs of metadata documents (CIMD) are a [preview](https://learn.microsoft.com/entra/agent-id/client-id-metadata-documents) that makes the client an agent identity. So each client needs a client id. Visual Studio Code has one. Other public clients (programs on a person’s machine) use the registration that the deployment creates for them, \`${values.clientId}\`; it never has a secret. Each confidential client gets its own registration, so that no two share a secret, and its id joins the allow-list (\`ENTRA_ALLOWED_CLIENTS\`). Never use the API’s own registration: an API that is its own client fails at the refresh (AADSTS90009).

| client | registration | sends \`resource\` |
| --- | --- | --- |
${guides.map(({ client, registration, sendsResource }) => `| ${client} | ${registration} | ${sendsResource} |`).join('\n')}

**A client that sends \`resource\`** (RFC 8707) needs the endpoint’s URL among the API’s identifier URIs, or Entra answers AADSTS9010010. \`azd env set CUSTOM_DOMAIN mcp.contoso.com\` does that; where the tenant allows URIs on the default host, so does \`azd env set REGISTER_DEFAULT_HOST true\`. Without either, scopes begin with an App ID URI (\`api://…\`), and only clients that send no \`resource\` get a token.

**Consent.** Users are asked for \`${values.endpoints.flatMap(({ scopes }) => scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1))).join('`, `')}\` at first use. For a client with its own registration, an administrator can consent for all users, including to the scopes that need admin consent:

\`\`\`console
$ az ad app permission grant --id $CLIENT_ID --api ${values.apiClientId} --scope "<short scope names, separated by spaces>"
\`\`\`

Never do that for \`${values.clientId}\`: any program on a machine can sign in with that id, and users would no longer be asked. For that client, an administrator consents for one user, with \`--consent-type Principal --principal-id <object id>\`.

Each section connects \`${values.endpoints[0]?.name}\`; for another endpoint, use its URL and scopes from above. Nothing here was tried against the live services; known issues are linked.`

function byUrl({ endpoints: [endpoint] }: ClientValues): string {
  if (!endpoint) return ''
  return [
    '## By the URL alone',
    'There is nothing to register: the client finds the authorization server in the endpoint’s metadata, and registers itself there (DCR) or sends the URL of its metadata document (CIMD). The user allows it once per browser, on a page that names the client and the scopes, and signs in with Microsoft.',
    ...urlGuides.flatMap(({ client, say, code }) => [
      `**${client}.** ${say}`,
      stepText({ say: '', code: code(endpoint) }, '').trim(),
    ]),
    '### What was tried',
    'These clients, unmodified from npm, against the local stack. “In words”: the client does not handle it, but shows a message that says what to do. The second factor is one that Conditional Access requires at the first call.',
    trialTable(),
    notes,
  ].join('\n\n')
}

const notes = `- The Inspector’s command line ignores the scopes of a challenge when it has registered itself, and prints “Unauthorized”; with a client id or a metadata document it requests them.
- \`@ai-sdk/mcp\` shows the message about a missing scope, but does not request it. It cannot sign in at Entra, whose metadata does not mention S256.
- \`@modelcontextprotocol/sdk\` refreshes when it should sign in again. The authorization server refuses that one refresh, so that it signs in; Entra does not. When its token has expired and the same call needs a second factor, its calls fail with “401 after successful authentication” until another request succeeds, such as listing the tools; then it signs in.
- VS Code, Claude, ChatGPT, Copilot Studio and Cursor are described as their documentation says; they were not tried.`

function section(guide: ClientGuide, values: ClientValues, endpoint: Endpoint): string {
  const steps = guide.steps(values, endpoint)
  return [
    `### ${guide.client}`,
    ...(guide.redirectUris.length > 0 ? [redirects(guide.redirectUris)] : []),
    ...steps.map((step, index) => stepText(step, steps.length > 1 ? `${index + 1}. ` : '')),
    ['Known limits:', '', ...guide.limits.map(limitText)].join('\n'),
  ].join('\n\n')
}

const redirects = (uris: readonly RedirectUri[]) =>
  `Redirect URI: ${uris.map(({ uri, registeredBy }) => `\`${uri}\` (${registrars[registeredBy]})`).join(', or ')}.`

const registrars: Record<RedirectUri['registeredBy'], string> = {
  azd: 'registered by the deployment, for any port',
  'connect:foundry': 'registered by `npm run connect:foundry`',
  you: 'register it yourself',
}

function stepText({ say, code }: Step, number: string): string {
  if (!code) return `${number}${say}`
  const indent = ' '.repeat(number.length)
  const block = [`\`\`\`${code.language}`, ...code.text.split('\n'), '```']
  return [`${number}${say}`, '', ...block.map((line) => `${indent}${line}`)].join('\n')
}

const limitText = ({ text, links }: Limit) =>
  `- ${text} (${links.map((link) => `[${linkText(link)}](${link})`).join(', ')})`

/** `microsoft/vscode#1` for an issue, else the host. */
function linkText(link: string): string {
  const [, repository, number] =
    /^https:\/\/github\.com\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(link) ?? []
  return number === undefined ? new URL(link).host : `${repository}#${number}`
}
