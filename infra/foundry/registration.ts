/**
 * Manages Foundry's app registration, a confidential client that signs users in, through Microsoft Graph: its redirect
 * URIs and client secrets. There is one for each deployment, found by its unique name. Secrets are found by their display
 * name.
 */
import * as z from 'zod'
import { Secret } from '../../shared/secret.ts'
import { type AzureApi, AzureRefusal } from './azure-api.ts'
import { Missing } from './remedy.ts'

export type ClientSecret = { keyId: string; displayName: string; expires: Date }
export type Registration = {
  /** Object id, not the client id. */
  id: string
  clientId: string
  redirectUris: string[]
  secrets: ClientSecret[]
}

const passwordCredential = z
  .object({ keyId: z.guid(), displayName: z.string().nullish(), endDateTime: z.coerce.date() })
  .transform(
    ({ keyId, displayName, endDateTime }): ClientSecret => ({
      keyId,
      displayName: displayName ?? '',
      expires: endDateTime,
    }),
  )

const application = z
  .object({
    id: z.guid(),
    appId: z.guid(),
    web: z.object({ redirectUris: z.array(z.string()) }),
    passwordCredentials: z.array(passwordCredential),
  })
  .transform(
    ({ id, appId, web, passwordCredentials }): Registration => ({
      id,
      clientId: appId,
      redirectUris: web.redirectUris,
      secrets: passwordCredentials,
    }),
  )
const select = '$select=id,appId,web,passwordCredentials'

/** The name in main.bicep; the suffix is the same for all registrations of a deployment. */
const apiName = /^mcp-api-([a-z0-9]{13})$/
const api = z.object({
  displayName: z.string(),
  uniqueName: z.string().nullish(),
  api: z.object({
    oauth2PermissionScopes: z.array(z.object({ id: z.guid(), type: z.enum(['User', 'Admin']) })),
  }),
})

const madePassword = z.object({ keyId: z.guid(), secretText: z.string().min(1) })

/**
 * @param apiClientId of the API that Foundry calls; Foundry's registration belongs to the same deployment
 * @throws Missing when azd did not create the API's registration; AzureRefusal
 */
export async function foundryRegistration(graph: AzureApi, apiClientId: string) {
  const target = await graph({
    step: 'read the registration',
    method: 'GET',
    path: `/v1.0/applications(appId='${apiClientId}')?$select=displayName,uniqueName,api`,
    answer: api,
  })
  const [, deployment] = apiName.exec(target.uniqueName ?? '') ?? []
  if (deployment === undefined) {
    throw new Missing(
      `azd provision did not create the app registration ${apiClientId}: connect Foundry manually (docs/clients.md).`,
    )
  }
  const displayName = target.displayName.replace(/^MCP servers/, 'MCP client Foundry')
  const path = `/v1.0/applications(uniqueName='mcp-foundry-${deployment}')`

  return {
    displayName,
    /** Undefined before it is created. */
    async read(): Promise<Registration | undefined> {
      return ifThere(
        graph({
          step: 'read the registration',
          method: 'GET',
          path: `${path}?${select}`,
          answer: application,
        }),
      )
    },
    /** Creates it with its service principal, without which sign-in fails. */
    async make(): Promise<Registration> {
      const scopes = target.api.oauth2PermissionScopes.filter(({ type }) => type === 'User')
      const step = 'make the registration'
      await graph({
        step,
        method: 'PATCH',
        path,
        // Microsoft Graph, application: upsert.
        headers: { prefer: 'create-if-missing' },
        body: {
          displayName,
          signInAudience: 'AzureADMyOrg',
          requiredResourceAccess: [
            {
              resourceAppId: apiClientId,
              resourceAccess: scopes.map(({ id }) => ({ id, type: 'Scope' })),
            },
          ],
        },
        answer: z.unknown(),
      })
      const made = await this.read()
      if (!made)
        throw new Missing('The new app registration is not available yet: run the command again.')
      const body = { appId: made.clientId }
      await graph({
        step,
        method: 'POST',
        path: '/v1.0/servicePrincipals',
        body,
        answer: z.unknown(),
      })
      return made
    },
    /** Graph returns the secret's text only here. */
    async addSecret(id: string, { displayName, expires }: Omit<ClientSecret, 'keyId'>) {
      const { keyId, secretText } = await graph({
        step: 'make a client secret',
        method: 'POST',
        path: `/v1.0/applications/${id}/addPassword`,
        body: { passwordCredential: { displayName, endDateTime: expires.toISOString() } },
        answer: madePassword,
      })
      return { keyId, displayName, expires, text: new Secret('client credential', secretText) }
    },
    async removeSecret(id: string, { keyId }: { keyId: string }): Promise<void> {
      await graph({
        step: 'remove a client secret',
        method: 'POST',
        path: `/v1.0/applications/${id}/removePassword`,
        body: { keyId },
        answer: z.undefined(),
      })
    },
    /** Graph replaces the whole list. */
    async setRedirectUris(id: string, redirectUris: readonly string[]): Promise<void> {
      await graph({
        step: 'add the redirect URI',
        method: 'PATCH',
        path: `/v1.0/applications/${id}`,
        body: { web: { redirectUris } },
        answer: z.undefined(),
      })
    },
  }
}

/** For the public clients' registration, to which earlier versions added a secret. */
export const readRegistration = (graph: AzureApi, clientId: string) =>
  ifThere(
    graph({
      step: 'read the registration',
      method: 'GET',
      path: `/v1.0/applications(appId='${clientId}')?${select}`,
      answer: application,
    }),
  )

async function ifThere<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof AzureRefusal && error.status === 404) return undefined
    throw error
  }
}
