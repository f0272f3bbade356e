/** What a client does at the Entra emulator, on plain fetch: sign-in, code, tokens. Judges nothing. */
import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Entra } from '../../local/entra/server.ts'
import { alice, clients } from '../../local/seed.ts'

export const appOrigin = 'http://localhost:7071'
export const costResource = `${appOrigin}/mcp/cost`
export const costRead = `${costResource}/cost.read`
export const armScope = 'https://management.azure.com/user_impersonation'
export const redirectUri = 'http://localhost:9000/callback'

const answerSchema = z.looseObject({
  access_token: z.string().default(''),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  client_info: z.string().optional(),
  scope: z.string().optional(),
  expires_in: z.number().optional(),
  refresh_in: z.number().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
  error_codes: z.array(z.number()).optional(),
  suberror: z.string().optional(),
  claims: z.string().optional(),
})
export type TokenAnswer = z.infer<typeof answerSchema> & { status: number; headers: Headers }

/** Undefined takes a parameter away. */
export type Form = Record<string, string | undefined>

export function encode(form: Form): URLSearchParams {
  const encoded = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) {
    if (value !== undefined) encoded.set(name, value)
  }
  return encoded
}

export async function token(entra: Entra, form: Form, headers = {}): Promise<TokenAnswer> {
  const response = await fetch(`${entra.origin}/${entra.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: encode(form),
    headers,
  })
  const { status, headers: received } = response
  return { ...answerSchema.parse(await response.json()), status, headers: received }
}

export const verifier = randomBytes(32).toString('base64url')

/** An honest request of the public client for alice; `changes` make it less so. */
export function authorizeUrl(entra: Entra, changes: Form = {}): URL {
  const url = new URL(`${entra.origin}/${entra.tenantId}/oauth2/v2.0/authorize`)
  url.search = encode({
    client_id: clients.public.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `${costRead} openid profile offline_access`,
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: alice.upn,
    ...changes,
  }).toString()
  return url
}

/** Where the browser is sent; its query, or a failure when a page was shown instead. */
export async function followed(response: Response): Promise<URLSearchParams> {
  const location = response.headers.get('location')
  if (!location) throw new Error(`no redirect: ${response.status} ${await response.text()}`)
  return new URL(location).searchParams
}

export async function authorize(entra: Entra, changes: Form = {}): Promise<URLSearchParams> {
  return followed(await fetch(authorizeUrl(entra, changes), { redirect: 'manual' }))
}

/** The form with which the public client redeems a fresh code. */
export async function codeForm(entra: Entra, changes: Form = {}): Promise<Form> {
  const code = (await authorize(entra, changes)).get('code')
  if (!code) throw new Error('no code')
  return {
    grant_type: 'authorization_code',
    client_id: clients.public.clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }
}

/** The form with which the API exchanges an assertion for ARM, proved by its secret. */
export function oboForm(assertion: string, changes: Form = {}): Form {
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    client_id: clients.api.clientId,
    client_secret: clients.api.secret,
    requested_token_use: 'on_behalf_of',
    assertion,
    scope: armScope,
    ...changes,
  }
}

export const identity = {
  clientId: 'd0000000-0000-4000-8000-00000000000a',
  principalId: 'd0000000-0000-4000-8000-00000000000b',
}

/** A token of the tenant's managed identity, by App Service's protocol. */
export async function identityToken(
  entra: Entra,
  resource = 'api://AzureADTokenExchange',
): Promise<string> {
  const url = new URL('/msi/token', entra.origin)
  url.search = encode({
    resource,
    client_id: identity.clientId,
    'api-version': '2019-08-01',
  }).toString()
  const response = await fetch(url, { headers: { 'x-identity-header': entra.identityHeader } })
  const schema = z.looseObject({ access_token: z.string(), expires_on: z.string().regex(/^\d+$/) })
  return schema.parse(await response.json()).access_token
}

/** Lets the managed identity prove our API. */
export function trustIdentity(
  entra: Entra,
  { subject = identity.principalId, audience = 'api://AzureADTokenExchange' } = {},
): void {
  const issuer = `${entra.origin}/${entra.tenantId}/v2.0`
  entra.admin.updateApp(clients.api.clientId, {
    federatedCredentials: [{ issuer, subject, audience }],
  })
}
