/** Reports whether Foundry's users will be asked to consent. Changes nothing. */
import * as z from 'zod'
import type { ClientValues, Endpoint } from '../clients/values.ts'
import { type AzureApi, AzureRefusal } from './azure-api.ts'

/** One line, also when the signed-in account may not read consents. */
export async function consentLine(
  graph: AzureApi,
  values: ClientValues,
  endpoint: Endpoint,
): Promise<string> {
  try {
    const wanted = endpoint.scopes.map(shortScope)
    const granted = await scopesForEveryone(graph, values)
    const missing = wanted.filter((scope) => !granted.includes(scope))
    if (missing.length === 0) return 'Consent: granted for all users.'
    return `Consent: not granted for all users, so each user is asked at first use. If users may not consent, an administrator runs: az ad app permission grant --id ${values.clientId} --api ${values.apiClientId} --scope "${missing.join(' ')}"`
  } catch (error) {
    if (!(error instanceof AzureRefusal)) throw error
    if (error.status === 404) {
      return `Consent: ${values.clientId} has no service principal in this tenant, so no one can sign in yet. Run: az ad sp create --id ${values.clientId}`
    }
    return `Consent: ${error.message}; an administrator can check Enterprise applications, Permissions.`
  }
}

/** `https://host/mcp/cost/cost.read` → `cost.read` */
const shortScope = (scope: string) => scope.slice(scope.lastIndexOf('/') + 1)

const principal = z.object({ id: z.guid() })
const grants = z.object({
  value: z.array(z.object({ consentType: z.string(), resourceId: z.guid(), scope: z.string() })),
})

async function scopesForEveryone(
  graph: AzureApi,
  { clientId, apiClientId }: ClientValues,
): Promise<string[]> {
  const read = <Answer extends z.ZodType>(path: string, answer: Answer) =>
    graph({ step: 'read who has consented', method: 'GET', path: `/v1.0/${path}`, answer })
  const client = await read(`servicePrincipals(appId='${clientId}')?$select=id`, principal)
  const api = await read(`servicePrincipals(appId='${apiClientId}')?$select=id`, principal)
  const filter = encodeURIComponent(`clientId eq '${client.id}'`)
  const { value } = await read(`oauth2PermissionGrants?$filter=${filter}`, grants)
  return value
    .filter(
      ({ consentType, resourceId }) => consentType === 'AllPrincipals' && resourceId === api.id,
    )
    .flatMap(({ scope }) => scope.split(' '))
}
