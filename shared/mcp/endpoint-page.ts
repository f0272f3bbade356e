/**
 * The page at an endpoint's URL in a browser: what the endpoint is, what its tools do and need, how to add it to a
 * client. Public and the same for everyone, like the metadata.
 */
import type { Authority } from '../entra/authority.ts'
import { type Html, html } from '../http/html.ts'
import { scopePrefix } from '../http/metadata.ts'
import { page } from '../http/page.ts'
import type { Settings } from '../settings.ts'
import { scopeNames } from './access.ts'
import { connecting } from './connect.ts'
import type { EndpointDefinition } from './define-endpoint.ts'
import type { Tool } from './tool.ts'

type Deployment = { settings: Settings; authority: Authority }

/**
 * Browsers accept HTML. Clients, which may send GET too, accept JSON or an event stream. A quality of 0 refuses
 * (RFC 9110 §12.4.2).
 */
export const asksForPage = ({ method, headers }: Request): boolean =>
  ['GET', 'HEAD'].includes(method) &&
  /\btext\/html\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers.get('accept') ?? '')

export function endpointPage(
  { name, title, tools }: EndpointDefinition,
  { settings, authority }: Deployment,
): Response {
  const url = `${settings.publicBaseUrl}/mcp/${name}`
  const { buttons, clients } = connecting({
    ...{ name, url, authority },
    // For Foundry and Copilot Studio, which always sign in at Entra.
    scopes: scopeNames(tools, 'user').map((scope) => `${scopePrefix(settings, name)}/${scope}`),
    registersClients: settings.oauth !== undefined,
  })
  return page({
    status: 200,
    title,
    paragraphs: [
      'An MCP server. Its tools act as the person who signs in, with that person’s rights and no others.',
    ],
    body: html`<p><code>${url}</code></p>
<p class="links">${buttons.map(({ label, href }) => html`<a class="button" href="${href}">${label}</a>`)}</p>
<h2>Tools</h2>
<ul class="plain">
${tools.map(toolItem)}
</ul>
<h2>Other clients</h2>
<p>${settings.oauth ? 'The URL is enough: a client finds out by itself where to sign in.' : 'Clients other than VS Code need a client id, which the operator of this server gives.'}</p>
<dl>
${clients.map(
  ({ client, say, values }) => html`<dt>${client}</dt>
<dd>${say}
${values.map(([label, value]) => html`${label && html`<span class="quiet">${label}</span>`}<code>${value}</code>`)}</dd>`,
)}
</dl>
<p><a href="/">All endpoints of this server</a></p>`,
  })
}

function toolItem({ name, description, effect, access, downstreams, ui }: Tool): Html {
  const needs = [
    ...access.scopes.map(
      ({ value, consent }) =>
        html`scope <code class="word">${value}</code>${consent === 'user' ? '' : ' (an administrator consents)'}`,
    ),
    ...access.roles.map(
      ({ value }) =>
        html`app role <code class="word">${value}</code> (an administrator assigns it)`,
    ),
  ]
  return html`<li>
<h3><code class="word">${name}</code></h3>
<p>${description}</p>
<p class="quiet">${effect === 'reads' ? 'Reads' : 'Writes'}, through ${[...new Set(downstreams.map((it) => it.name))].join(', ')}. Needs ${needs.flatMap((need, index) => (index === 0 ? [need] : [html` and `, need]))}.${ui ? ' Its results have a page, in clients that show pages.' : ''}</p>
</li>`
}

/** The page at `/`. */
export const startPage = (
  endpoints: readonly EndpointDefinition[],
  { publicBaseUrl }: Settings,
): Response =>
  page({
    status: 200,
    title: 'MCP servers',
    paragraphs: [
      `On ${new URL(publicBaseUrl).host}. Each acts as the person who signs in; its page says what it does and how to add it to a client.`,
    ],
    body: html`<ul class="plain">
${endpoints.map(
  ({ name, title, tools }) => html`<li>
<h2><a href="/mcp/${name}">${title}</a></h2>
<p><code>${`${publicBaseUrl}/mcp/${name}`}</code></p>
<p class="quiet">${tools.map((tool) => tool.name).join(', ')}</p>
</li>`,
)}
</ul>`,
  })
