/**
 * Runs the authorization server in this process, to measure its CPU without HTTP. A function replaces Entra's token
 * endpoint, with real access tokens made beforehand.
 */
import { hash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { cost } from '../../functions/cost.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import { authorizationServer } from '../../shared/oauth/authorization-server.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { tenantId } from '../far-side/directory.ts'
import type { User } from './users.ts'

export const facade = {
  OAUTH_CLIENT_ID: 'c0000000-0000-4000-8000-00000000000c',
  OAUTH_CLIENT_SECRET: 'bench',
  ENCRYPTION_KEYS: JSON.stringify([{ kid: 'b', key: randomBytes(32).toString('base64url') }]),
}

const registered = z.looseObject({ client_id: z.string() })
const tokens = z.looseObject({ refresh_token: z.string() })

export type Flow = Awaited<ReturnType<typeof authorizationFlow>>

/** Signs a client in once; `refresh` continues that sign-in. */
export async function authorizationFlow(
  settings: Readonly<Record<string, string>>,
  { oid, token }: User,
) {
  const publicBaseUrl = 'http://localhost:7071'
  let nonce = ''
  const entra: typeof fetch = async (input, init) => {
    if (!String(input).includes('/oauth2/v2.0/token')) return fetch(input, init)
    const idToken = {
      oid,
      tid: tenantId,
      sub: oid,
      nonce,
      preferred_username: 'user@contoso.example',
    }
    return Response.json({
      ...{ token_type: 'Bearer', scope: 'cost.read', expires_in: 4500, access_token: token },
      refresh_token: 'r'.repeat(1_200),
      id_token: ['{"alg":"RS256"}', JSON.stringify(idToken), 'signature']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.'),
      client_info: Buffer.from(JSON.stringify({ uid: oid, utid: tenantId })).toString('base64url'),
    })
  }
  const environment = { ...settings, ...facade, PUBLIC_BASE_URL: publicBaseUrl }
  const services = createServices(parseSettings(environment, [arm, graph]), {
    fetch: entra,
    log: () => {},
  })
  const { oauth } = services
  const server = authorizationServer(services, [cost])
  if (!server || !oauth) throw new Error('The authorization server is off')

  const redirectUri = 'http://localhost:9000/callback'
  const body = JSON.stringify({ client_name: 'Bench', redirect_uris: [redirectUri] })
  const { client_id } = registered.parse(await server.register(body).json())
  const verifier = randomBytes(32).toString('base64url')
  const asked = new URLSearchParams({
    ...{ client_id, redirect_uri: redirectUri, response_type: 'code', scope: 'cost.read' },
    ...{ code_challenge: hash('sha256', verifier, 'base64url'), code_challenge_method: 'S256' },
  })
  const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const redirected = (response: Response) =>
    new URL(response.headers.get('location') ?? '').searchParams

  /** Both requests of a user who allows a client. */
  const authorize = async () => {
    const { response } = await server.authorize.ask(asked, null)
    const request = /name="request" value="([^"]*)"/.exec(await response.text())?.[1] ?? ''
    const form = new URLSearchParams({ request, decision: 'allow' })
    return server.authorize.decide(form, cookieOf(response)).response
  }

  const begun = await authorize()
  nonce = redirected(begun).get('nonce') ?? ''
  const returned = new URLSearchParams({
    state: redirected(begun).get('state') ?? '',
    code: 'entra',
  })
  const { response: back } = await server.callback(returned, cookieOf(begun))
  const issue = async (form: Record<string, string>) => {
    const { response } = await server.token.issue(new URLSearchParams({ ...form, client_id }))
    return tokens.parse(await response.json())
  }
  const code = redirected(back).get('code') ?? ''
  let held = await issue({ grant_type: 'authorization_code', code, code_verifier: verifier })
  return {
    authorize,
    async refresh() {
      held = await issue({ grant_type: 'refresh_token', refresh_token: held.refresh_token })
    },
    /** MSAL's part of a refresh. */
    msal: () =>
      oauth.client((msal) =>
        msal.acquireTokenByRefreshToken({
          refreshToken: 'r'.repeat(1_200),
          scopes: [`${publicBaseUrl}/mcp/cost/cost.read`],
        }),
      ),
  }
}
