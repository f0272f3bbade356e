/**
 * Deletes what `azd down` leaves in Entra: the deployment's app registrations, and that of `npm run connect:foundry`, with
 * their credentials and consents. Each can be restored for 30 days. Deletes nothing unless all of them have names that
 * the template gave.
 */
import * as z from 'zod'
import type { ClientValues } from '../clients/values.ts'
import { type AzureApi, AzureRefusal } from '../foundry/azure-api.ts'

const application = z.object({
  id: z.guid(),
  displayName: z.string(),
  uniqueName: z.string().nullish(),
})
type Application = z.output<typeof application>

/** The names in main.bicep; the suffix is the same for all registrations of a deployment. */
const named = /^mcp-[a-z]+-([a-z0-9]{13})$/

/**
 * @returns lines about what was done
 * @throws AzureRefusal when Microsoft Graph refuses; an Error when the template did not create a registration
 */
export async function removeRegistrations(
  { apiClientId, clientId }: Pick<ClientValues, 'apiClientId' | 'clientId'>,
  graph: AzureApi,
): Promise<string[]> {
  // Clients first: if the rest fails, the API's registration still leads to the others.
  const found: Application[] = []
  for (const appId of [clientId, apiClientId]) {
    const registration = await read(`appId='${appId}'`, graph)
    if (registration) found.push(registration)
  }
  const suffixes = new Set(found.map(({ uniqueName }) => named.exec(uniqueName ?? '')?.[1]))
  if (suffixes.has(undefined) || suffixes.size > 1) {
    const names = found.map(({ displayName }) => displayName).join(', ')
    throw new Error(`${names} do not belong to one deployment, so nothing is deleted.`)
  }
  const [suffix] = suffixes
  for (const kind of suffix ? ['signin', 'foundry'] : []) {
    const registration = await read(`uniqueName='mcp-${kind}-${suffix}'`, graph)
    if (registration) found.unshift(registration)
  }
  for (const { id } of found) {
    await graph({
      step: 'delete the registration',
      method: 'DELETE',
      path: `/v1.0/applications/${id}`,
      answer: z.undefined(),
    })
  }
  if (found.length === 0) return ['The app registrations are deleted already.']
  return found.flatMap(({ id, displayName }) => [
    `Deleted the app registration "${displayName}"; it can be restored for 30 days.`,
    `  Its name is free for another azd up once it is deleted for good: az rest --method DELETE --url https://graph.microsoft.com/v1.0/directory/deletedItems/${id}`,
  ])
}

/** Undefined when it is deleted already. */
async function read(key: string, graph: AzureApi): Promise<Application | undefined> {
  try {
    return await graph({
      step: 'read the registration',
      method: 'GET',
      path: `/v1.0/applications(${key})?$select=id,displayName,uniqueName`,
      answer: application,
    })
  } catch (error) {
    if (error instanceof AzureRefusal && error.status === 404) return undefined
    throw error
  }
}
