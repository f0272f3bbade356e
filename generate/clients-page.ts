/** docs/clients.md, from the guides in infra/clients/. */

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

/** A deployment on a domain of its own. */
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

/** Shows how one endpoint is connected: the others differ in their URL and scopes only. */
export function clientsPage(values: ClientValues): string {
  const sections = values.endpoints
    .slice(0, 1)
    .flatMap((endpoint) => guides.map((guide) => section(guide, values, endpoint)))
  return `${[introduction(values), ...sections].join('\n\n')}\n`
}

const introduction = (values: ClientValues) => `# Connecting clients

With the authorization server on (\`OAUTH_CLIENT_ID\`; a deployment turns it on, \`AUTHORIZATION=entra\` leaves it off), a client needs [the URL alone](#by-the-url-alone). With it or without it, a client can have [a registration of its own](#with-a-registration): Microsoft Foundry needs one.

Made from infra/clients/ by \`npm run generate\`, with the values of a deployment on \`${new URL(values.endpoints[0]?.url ?? '').host}\`. Your own are what \`azd up\` prints, and stand in \`.azure/<environment>/mcp-clients.json\`:

\`\`\`json
${JSON.stringify(values, null, 2)}
\`\`\`

${byUrl(values)}

## With a registration

Entra registers no client by itself: it has no dynamic client registration, and client ids that are URLs of metadata documents (CIMD) are a [preview](https://learn.microsoft.com/entra/agent-id/client-id-metadata-documents) that makes an agent identity of the client. So each client needs a client id. Visual Studio Code has one. Other public clients (programs on a person’s machine) use the registration that the deployment makes for them, \`${values.clientId}\`; it never has a secret. Each confidential client has a registration made for it, so that one secret opens one client, and its id joins the allow-list (\`ENTRA_ALLOWED_CLIENTS\`). None is the API’s: an API that is its own client breaks on refresh (AADSTS90009).

| client | registration | sends \`resource\` |
| --- | --- | --- |
${guides.map(({ client, registration, sendsResource }) => `| ${client} | ${registration} | ${sendsResource} |`).join('\n')}

**A client that sends \`resource\`** (RFC 8707) needs the endpoint’s URL among the API’s identifier URIs, or Entra answers AADSTS9010010. \`azd env set CUSTOM_DOMAIN mcp.contoso.com\` does that; where the tenant allows URIs on the default host, so does \`azd env set REGISTER_DEFAULT_HOST true\`. Without either, scopes begin with an App ID URI (\`api://…\`), and only clients that send no \`resource\` get a token.

**Consent.** People are asked for \`${values.endpoints.flatMap(({ scopes }) => scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1))).join('`, `')}\` at first use. An administrator can consent for everyone, also to the scopes that people cannot consent to themselves, for a client with a registration made for it:

\`\`\`console
$ az ad app permission grant --id $CLIENT_ID --api ${values.apiClientId} --scope "<scopes, short, with spaces between>"
\`\`\`

Never for \`${values.clientId}\`: any program on a machine can sign in with that id, and people would no longer be asked. There an administrator consents for one person, with \`--consent-type Principal --principal-id <object id>\`.

Each section connects \`${values.endpoints[0]?.name}\`; another endpoint has another URL and other scopes, above. Nothing here was tried against the live services; issues are linked as reported.`

function byUrl({ endpoints: [endpoint] }: ClientValues): string {
  if (!endpoint) return ''
  return [
    '## By the URL alone',
    'Nothing is registered anywhere: the client finds the authorization server in the endpoint’s metadata, and registers itself there (DCR) or names its metadata document (CIMD). The person allows it once per browser, on a page that says who asks and for what, and signs in with Microsoft.',
    ...urlGuides.flatMap(({ client, say, code }) => [
      `**${client}.** ${say}`,
      stepText({ say: '', code: code(endpoint) }, '').trim(),
    ]),
    '### What was tried',
    'These clients, as they come from npm, against the local stack. “In words”: the client does not do it by itself, and shows a sentence that says what to do. A second factor is what Conditional Access demands at the first call.',
    trialTable(),
    notes,
  ].join('\n\n')
}

const notes = `- The Inspector’s command line leaves out the scopes of a challenge when it has registered itself, and says “Unauthorized”; with a client id or a metadata document it asks for them.
- \`@ai-sdk/mcp\` shows the sentence of a missing scope, and does no more. At Entra it does not sign in: Entra’s metadata do not mention S256.
- \`@modelcontextprotocol/sdk\` refreshes where it has to sign in anew. The authorization server refuses that one refresh, so that it signs in; Entra does not. When its token has expired and a second factor is demanded in the same call, its calls fail with “401 after successful authentication” until any request succeeds, listing the tools for example; then it signs in.
- VS Code, Claude, ChatGPT, Copilot Studio and Cursor do as their documents say; they were not tried.`

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
  you: 'to be registered by you',
}

function stepText({ say, code }: Step, number: string): string {
  if (!code) return `${number}${say}`
  const indent = ' '.repeat(number.length)
  const block = [`\`\`\`${code.language}`, ...code.text.split('\n'), '```']
  return [`${number}${say}`, '', ...block.map((line) => `${indent}${line}`)].join('\n')
}

const limitText = ({ text, links }: Limit) =>
  `- ${text} (${links.map((link) => `[${linkText(link)}](${link})`).join(', ')})`

/** `microsoft/vscode#1` of an issue, else the host. */
function linkText(link: string): string {
  const [, repository, number] =
    /^https:\/\/github\.com\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(link) ?? []
  return number === undefined ? new URL(link).host : `${repository}#${number}`
}
