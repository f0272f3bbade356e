/**
 * Redirect URIs of public clients: which a client may register, and whether the one in a request is registered
 * (RFC 9700 §2.1: exact; RFC 8252 §7.3: only the port of a loopback URI is free).
 */
import { isLoopback } from './loopback.ts'
import * as z from './zod.ts'

/** Characters. */
const longest = 512

/**
 * Schemes that a browser or an operating system handles itself. All others count as private-use schemes of clients:
 * RFC 8252 §7.1 asks for reversed domain names, which real clients do not use (`cursor:`, `vscode:`, `claude:`).
 */
const refusedSchemes = new Set(
  [
    'about blob data filesystem javascript livescript mocha vbscript',
    'chrome chrome-extension edge moz-extension resource view-source ws wss',
    'afp content file ftp intent jar ldap ldaps mhtml mk nfs res',
    'android-app hcp search search-ms shell smb ssh telnet',
    'mailto sms tel',
  ].flatMap((schemes) => schemes.split(' ')),
)

/** A redirect URI that a client may have, whether registered, configured or in a document. */
export const redirectUri = z.string().superRefine((uri, context) => {
  const problem = redirectUriProblem(uri)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

/** @returns why a client may not have it, or undefined */
function redirectUriProblem(uri: string): string | undefined {
  if (uri.length > longest) return `is longer than ${longest} characters`
  // URIs are compared as text, so what the URL parser would remove or repair is refused.
  if (/[\s\\"'<>`{}|^\p{Cc}]/u.test(uri)) return 'has characters that a URI cannot have'
  const url = URL.parse(uri)
  if (!url) return 'is not an absolute URI'
  if (uri.includes('#')) return 'has a fragment'
  if (url.username || url.password) return 'has a user name or password'
  if (url.protocol === 'https:') {
    // It becomes part of a Content-Security-Policy (consent-page.ts), where `;`, `,` and `*` have a meaning.
    return hostName.test(url.hostname) ? undefined : 'has an invalid host'
  }
  if (url.protocol === 'http:') {
    return isLoopback(url) ? undefined : 'is http, which is allowed on loopback only'
  }
  const scheme = url.protocol.slice(0, -1)
  if (refusedSchemes.has(scheme) || scheme.startsWith('ms-'))
    return 'has a scheme that is not allowed'
  return undefined
}

const hostName = /^(?:[\w.-]+|\[[\da-f:.]+\])$/

/** Whether a client may use the URI: it is one of the registered ones, but for the port of a loopback URI. */
export const isRegistered = (uri: string, registered: readonly string[]): boolean =>
  registered.some((each) => each === uri || (isLoopbackUri(each) && samePortAside(each, uri)))

/** RFC 8252 §7.3, `localhost` included, since most clients register it. */
function isLoopbackUri(uri: string): boolean {
  const url = URL.parse(uri)
  return url?.protocol === 'http:' && isLoopback(url)
}

function samePortAside(registered: string, asked: string): boolean {
  return redirectUriProblem(asked) === undefined && withoutPort(registered) === withoutPort(asked)
}

/** The URI without its port if it is a loopback one, whose port varies; others stay unchanged. */
export const withoutPort = (uri: string): string =>
  uri.replace(/^(http:\/\/(?:\[::1\]|[^/:?]+)):\d{1,5}(?=[/?]|$)/i, '$1')

/** Adds parameters to the existing query (RFC 6749 §3.1.2); undefined ones are skipped. */
export function withParameters(
  base: string,
  parameters: Record<string, string | undefined>,
): string {
  const url = new URL(base)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}
