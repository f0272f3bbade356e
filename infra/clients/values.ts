/**
 * The values of a deployment that MCP clients need, written to .azure/<env>/mcp-clients.json after provisioning. None is
 * a secret. The other files here say how each client uses them.
 */
import * as z from 'zod'

/** Visual Studio Code's own registration, the same in every tenant. */
const vsCodeClientId = 'aebc6443-996d-45c2-90f0-388ff96faa56'

const endpoint = z.strictObject({
  /** As in the path: `cost` of `/mcp/cost`. */
  name: z.string().regex(/^[a-z0-9-]+$/),
  /** To the letter what clients send as `resource` (RFC 8707): no slash at the end. */
  url: z.url().regex(/[^/]$/, 'ends with a slash'),
  /** What a user may consent to, fully qualified, as in `scopes_supported` of the endpoint's metadata. */
  scopes: z.array(z.string()).min(1),
})
export type Endpoint = z.infer<typeof endpoint>

export const clientValuesSchema = z.strictObject({
  tenantId: z.guid(),
  /** Of the API's registration: `aud` of its tokens, never the client id of a client (AADSTS90009). */
  apiClientId: z.guid(),
  /** The registration of public clients that bring none of their own. It never has a secret. */
  clientId: z.guid(),
  vsCodeClientId: z.guid(),
  /** Resource id: connecting a client adds it to this function app's allow-list. */
  functionAppId: z.string().startsWith('/').exactOptional(),
  /** The v2.0 issuer that the endpoints' metadata name. */
  issuer: z.url(),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  endpoints: z.array(endpoint).min(1),
})
export type ClientValues = z.infer<typeof clientValuesSchema>

/** The endpoints of permissions.json, each with the scopes that users may consent to. */
export function endpointsForUsers(permissions: {
  endpoints: readonly { name: string; scopes: readonly string[] }[]
  scopes: readonly { value: string; consent: string }[]
}): { name: string; scopes: string[] }[] {
  const users = permissions.scopes.filter(({ consent }) => consent === 'user')
  return permissions.endpoints.map(({ name, scopes }) => ({
    name,
    scopes: users.map(({ value }) => value).filter((value) => scopes.includes(value)),
  }))
}

/** @throws when something is no GUID, no URL, or empty */
export function clientValues(deployment: {
  tenantId: string
  apiClientId: string
  /** Of the registration for clients. */
  clientId: string
  functionAppId?: string
  /** Origins; Azure writes some of them with a slash at the end, which is no part of what is made of them. */
  authorityHost: string
  publicBaseUrl: string
  /** `ENTRA_APP_ID_URI` of the function app; when absent or empty, each endpoint's own URL is its scopes' prefix. */
  appIdUri: string | undefined
  /** `scopes`: short ones that a user may consent to. */
  endpoints: readonly { name: string; scopes: readonly string[] }[]
}): ClientValues {
  const { tenantId, apiClientId, clientId, functionAppId, appIdUri } = deployment
  const tenant = `${new URL(deployment.authorityHost).origin}/${tenantId}`
  const { origin } = new URL(deployment.publicBaseUrl)
  return clientValuesSchema.parse({
    tenantId,
    apiClientId,
    clientId,
    vsCodeClientId,
    ...(functionAppId !== undefined && { functionAppId }),
    issuer: `${tenant}/v2.0`,
    authorizationEndpoint: `${tenant}/oauth2/v2.0/authorize`,
    tokenEndpoint: `${tenant}/oauth2/v2.0/token`,
    endpoints: deployment.endpoints.map(({ name, scopes }) => {
      const url = `${origin}/mcp/${name}`
      return { name, url, scopes: scopes.map((scope) => `${appIdUri || url}/${scope}`) }
    }),
  })
}
