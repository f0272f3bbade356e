/**
 * Function apps with the authorization server, in this process and without a port: requests go to the registered
 * functions, as the host passes them on. Several can share a table. Entra is the emulator.
 */
import { randomBytes } from 'node:crypto'
import { app, type HttpHandler, HttpRequest, InvocationContext } from '@azure/functions'
import * as z from 'zod'
import { consent } from '../../functions/consent.ts'
import { cost } from '../../functions/cost.ts'
import { oauth } from '../../functions/oauth.ts'
import { purgeTokenCache } from '../../functions/purge-token-cache.ts'
import { alice, directory } from '../../local/seed.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import type { EndpointDefinition } from '../../shared/mcp/define-endpoint.ts'
import type { PublicGet } from '../../shared/oauth/public-get.ts'
import { register } from '../../shared/register.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { auditRecordOf } from './audit-record.ts'
import { startEmulators } from './emulators.ts'
import { appOrigin, costResource, encode, type Form } from './entra-client.ts'
import { initializeEra } from './mcp-request.ts'
import { oauthSettings } from './oauth.ts'
import { Cookies, signIn } from './sign-in.ts'

export type OAuthApp = ReturnType<typeof oauthApp>

/** Entra and Azure, and the settings of an app between them. */
export async function startOAuth() {
  const data = { ...directory(appOrigin), policies: [] }
  const { entra, close, ...parts } = await startEmulators({ data })
  const environment: Record<string, string> = {
    ...{ ...parts.environment, ...oauthSettings },
    ADMIN_KEY: 'the-admin-key',
  }
  return { entra, environment, close }
}

type Options = {
  endpoints?: readonly EndpointDefinition[]
  publicGet?: PublicGet
  fetch?: typeof fetch
  now?: () => number
}

export function oauthApp(
  environment: Record<string, string>,
  { endpoints = [cost], ...options }: Options = {},
) {
  const lines: string[] = []
  const settings = parseSettings(environment, [arm, graph])
  const services = createServices(settings, { ...options, log: (line) => lines.push(line) })
  const handlers = new Map<string, HttpHandler>()
  const functions = {
    hook: app.hook,
    timer: () => {},
    http: (_name: string, { route, handler }: { route?: string; handler: HttpHandler }) => {
      handlers.set(`/${route}`, handler)
    },
  }
  register(functions, services, { endpoints, surfaces: [consent, oauth, purgeTokenCache] })

  const context = () =>
    new InvocationContext({
      functionName: 'test',
      invocationId: 'test',
      logHandler: (_level, ...words) => lines.push(words.join(' ')),
    })
  /** Like fetch; requests to other origins go to the network. */
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname } = new URL(request.url)
    if (origin !== appOrigin) return fetch(request)
    const handler = handlers.get(pathname)
    if (!handler) return new Response(null, { status: 404 })
    const { method, url } = request
    const body = { string: await request.text() }
    const sent = new HttpRequest({
      url,
      method,
      headers: Object.fromEntries(request.headers),
      body,
    })
    return responseOf(await handler(sent, context()))
  }
  return {
    services,
    fetch: send,
    /** A browser of its own. */
    browser: () => new Cookies(send),
    get: (path: string) => send(`${appOrigin}${path}`, { redirect: 'manual' }),
    post: (path: string, form: Form) =>
      send(`${appOrigin}${path}`, { method: 'POST', body: encode(form) }),
    json: (path: string, body: unknown, headers = {}) =>
      send(`${appOrigin}${path}`, { method: 'POST', body: JSON.stringify(body), headers }),
    /** Calls a tool. */
    async call(token: string, name: string, args: object = {}) {
      const request = initializeEra({ method: 'tools/call', params: { name, arguments: args } })
      request.headers.set('authorization', `Bearer ${token}`)
      const response = await send(request)
      return { status: response.status, headers: response.headers, text: await response.text() }
    },
    /** What has been logged since, as records. */
    takeRecords: () => lines.splice(0).map(auditRecordOf),
  }
}

const cookie = z.object({
  name: z.string(),
  value: z.string(),
  path: z.string(),
  maxAge: z.number(),
  secure: z.boolean(),
  httpOnly: z.boolean(),
  sameSite: z.string(),
})
const answer = z.object({
  status: z.number(),
  headers: z.union([z.array(z.tuple([z.string(), z.string()])), z.record(z.string(), z.string())]),
  cookies: z.array(cookie).default([]),
  body: z.string().optional(),
  jsonBody: z.unknown().optional(),
})

function responseOf(given: unknown): Response {
  const { status, headers, cookies, body, jsonBody } = answer.parse(given)
  const all = new Headers(headers)
  for (const { name, value, path, maxAge, secure, httpOnly, sameSite } of cookies) {
    const flags = `${secure ? '; Secure' : ''}${httpOnly ? '; HttpOnly' : ''}`
    all.append(
      'set-cookie',
      `${name}=${value}; Path=${path}; Max-Age=${maxAge}${flags}; SameSite=${sameSite}`,
    )
  }
  const text = jsonBody === undefined ? body : JSON.stringify(jsonBody)
  return new Response(text || null, { status, headers: all })
}

export const redirectUri = 'http://localhost:9000/callback'

const registered = z.looseObject({ client_id: z.string() })

/** Registers a client dynamically. @returns its id */
export async function registeredClient(at: OAuthApp, changes: object = {}): Promise<string> {
  const response = await at.json('/oauth/register', {
    client_name: 'Honest client',
    redirect_uris: [redirectUri],
    ...changes,
  })
  return registered.parse(await response.json()).client_id
}

export const verifier = randomBytes(32).toString('base64url')
const challenge = Buffer.from(
  await crypto.subtle.digest('SHA-256', Buffer.from(verifier)),
).toString('base64url')

/** An honest request; undefined removes a parameter. */
export function authorizeUrl(clientId: string, changes: Form = {}): URL {
  const url = new URL(`${appOrigin}/oauth/authorize`)
  url.search = encode({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'cost.read',
    resource: costResource,
    state: 'client-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }).toString()
  return url
}

/** Allows the client on its consent page. @returns the URL at Entra to which the browser is sent */
export async function begunSignIn(browser: Cookies, url: URL): Promise<URL> {
  const request = requestIn(await (await browser.fetch(url)).text())
  const form = encode({ request, decision: 'allow' })
  const answer = await browser.fetch(new URL(`${appOrigin}/oauth/authorize`), form)
  return new URL(answer.headers.get('location') ?? '')
}

/** Signs in and comes back with a code, or an error. */
export async function signedIn(
  at: OAuthApp,
  clientId: string,
  options: { upn?: string; browser?: Cookies; changes?: Form } = {},
): Promise<URLSearchParams> {
  const { upn = alice.upn, browser = at.browser(), changes = {} } = options
  return (await signIn(authorizeUrl(clientId, changes), upn, browser)).searchParams
}

const tokens = z.looseObject({
  access_token: z.string().default(''),
  refresh_token: z.string().default(''),
  error: z.string().optional(),
  scope: z.string().optional(),
})
type Tokens = z.output<typeof tokens> & { status: number }

export async function tokenRequest(at: OAuthApp, form: Form): Promise<Tokens> {
  const response = await at.post('/oauth/token', form)
  return { ...tokens.parse(await response.json()), status: response.status }
}

export const codeForm = (clientId: string, code: string | null, changes: Form = {}): Form => ({
  grant_type: 'authorization_code',
  client_id: clientId,
  code: code ?? undefined,
  redirect_uri: redirectUri,
  code_verifier: verifier,
  ...changes,
})

export const refresh = (
  at: OAuthApp,
  clientId: string,
  refreshToken: string,
  changes: Form = {},
): Promise<Tokens> =>
  tokenRequest(at, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...changes,
  })

/** The whole sign-in: a person's tokens for a client. */
export async function grantedTokens(
  at: OAuthApp,
  clientId: string,
  options: Parameters<typeof signedIn>[2] = {},
): Promise<Tokens> {
  const back = await signedIn(at, clientId, options)
  return tokenRequest(at, codeForm(clientId, back.get('code')))
}

/** The sealed request in a consent page. */
export const requestIn = (page: string): string =>
  /name="request" value="([^"]*)"/.exec(page)?.[1] ?? ''
