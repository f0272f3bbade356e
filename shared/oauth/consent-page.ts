/**
 * The page on which a person decides whether a client may act for them. A client chooses its own name, so the page
 * also shows what it cannot choose: who vouches for the name and where the answer goes (MCP security best
 * practices, "Confused Deputy Problem").
 */
import { html } from '../http/html.ts'
import { page } from '../http/page.ts'
import type { OAuthClient } from './client.ts'
import type { OAuthEndpoint, OAuthScope } from './endpoints.ts'

/** Answers 200. Every text of the client is escaped. */
export function consentPage(options: {
  client: OAuthClient
  redirectUri: string
  endpoint: OAuthEndpoint
  scopes: readonly OAuthScope[]
  /** The sealed request, which the form sends back. */
  request: string
  /** Entra's, to which the answer to the form redirects. */
  authorizationOrigin: string
  /** Whether this browser has allowed the client before, so that the page offers to revoke it. */
  isAllowed: boolean
}): Response {
  const { redirectUri, endpoint, scopes, request, isAllowed } = options
  const client = { ...options.client, name: isolated(options.client.name) }
  return page({
    status: 200,
    title: `Allow ${client.name} to use ${endpoint.title} as you?`,
    paragraphs: [
      'You sign in with Microsoft next. The application can then do this as you, and only where you may:',
    ],
    body: html`<ul>
${scopes.map(({ title, description }) => html`<li><strong>${title}</strong>. ${description}</li>`)}
</ul>
<dl>
<dt>Who asks</dt><dd>${client.name}<small>${vouching(client)}</small></dd>
<dt>Which server</dt><dd>${endpoint.title}<small>${endpoint.resource}</small></dd>
<dt>Where your answer is sent</dt><dd>${destination(redirectUri)}</dd>
</dl>
<form method="post" action="/oauth/authorize">
<p class="quiet">Allow it only if you have just started this in an application that you trust.</p>
<input type="hidden" name="request" value="${request}">
<button class="primary" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
${isAllowed ? html`<button name="decision" value="forget">Forget that I allowed this</button>` : ''}
</form>`,
    // Chromium checks every redirect that follows, and Entra may redirect to the identity provider of a domain.
    formAction: ["'self'", 'https:', options.authorizationOrigin, sourceOf(redirectUri)],
  })
}

/** Isolates a right-to-left name, so that it does not reorder the text around it (Unicode UAX #9). */
const isolated = (name: string) => `\u2068${name}\u2069`

function vouching({ origin }: OAuthClient): string {
  switch (origin.kind) {
    case 'document':
      return `published by ${origin.host}`
    case 'configured':
      return 'set up by the operator of this server'
    case 'registered':
      return 'the application gave itself this name; it is not verified'
  }
}

/** Where a redirect URI leads, in words for a person: a host, or an application on their computer. */
export function destination(redirectUri: string): string {
  const { protocol, hostname, host } = new URL(redirectUri)
  if (protocol === 'https:') return host
  if (protocol === 'http:') return `an application on this computer (${hostname})`
  return `the application that opens ${protocol}// links on this computer`
}

/** A CSP source expression: an origin, or a scheme where there is none. */
function sourceOf(redirectUri: string): string {
  const { protocol, origin, hostname } = new URL(redirectUri)
  if (protocol === 'https:') return origin
  // The port of a loopback URI is free. A host-source cannot be an IPv6 address (CSP 3 §2.3.1): its scheme stands for it.
  return protocol === 'http:' && hostname !== '[::1]' ? `http://${hostname}:*` : protocol
}
