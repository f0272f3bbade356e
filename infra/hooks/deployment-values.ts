/** The values of a deployment that clients need, from the outputs of main.bicep and permissions.json. */
import * as z from 'zod'
import { type ClientValues, clientValues, endpointsForUsers } from '../clients/values.ts'
import permissions from '../permissions.json' with { type: 'json' }

const withoutSlash = z.url().transform((url) => url.replace(/\/$/, ''))
const outputs = z.object({
  AZURE_ENV_NAME: z.string().regex(/^[\w.-]+$/),
  AZURE_TENANT_ID: z.guid(),
  API_CLIENT_ID: z.guid(),
  CLIENTS_CLIENT_ID: z.guid(),
  FUNCTION_APP_ID: z.string().startsWith('/'),
  AUTHORITY_HOST: withoutSlash,
  PUBLIC_BASE_URL: withoutSlash,
  /** When empty, the endpoints' URLs are the scopes' prefixes. */
  APP_ID_URI: z.string().default(''),
})

/** @throws ZodError, which names what azd's environment lacks */
export function valuesOf(environment: Readonly<Record<string, string | undefined>>): {
  environment: string
  values: ClientValues
} {
  const given = outputs.parse(environment)
  const values = clientValues({
    tenantId: given.AZURE_TENANT_ID,
    apiClientId: given.API_CLIENT_ID,
    clientId: given.CLIENTS_CLIENT_ID,
    functionAppId: given.FUNCTION_APP_ID,
    authorityHost: given.AUTHORITY_HOST,
    publicBaseUrl: given.PUBLIC_BASE_URL,
    appIdUri: given.APP_ID_URI || undefined,
    endpoints: endpointsForUsers(permissions),
  })
  return { environment: given.AZURE_ENV_NAME, values }
}

/** The values as lines of text. */
export function clientLines(values: ClientValues): string[] {
  const rows: [string, string][] = [
    ...values.endpoints.flatMap(({ name, url, scopes }): [string, string][] => [
      [`MCP ${name}`, url],
      ['  scopes', scopes.join(' ')],
    ]),
    ['Tenant', values.tenantId],
    ['Client id', values.clientId],
    ['Sign-in', values.authorizationEndpoint],
    ['Token', values.tokenEndpoint],
  ]
  return rows.map(([label, value]) => `${label.padEnd(12)}${value}`)
}
