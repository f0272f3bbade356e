/**
 * The app registration that Foundry signs people in with, through Microsoft Graph. It is Foundry's own, a confidential
 * client: made once for a deployment, and told by its name. Here are its redirect URIs, and the client secrets made here,
 * told from others by their name. Graph decides who may do that.
 */
import * as z from 'zod'
import { Secret } from '../../shared/secret.ts'
import { type AzureApi, AzureRefusal } from './azure-api.ts'
import { Missing } from './remedy.ts'

export type ClientSecret = { keyId: string; displayName: string; expires: Date }
export type Registration = {
  /** Object id; the client id is what the rest of the world knows. */
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

/** As main.bicep names it; what follows the last hyphen is the same in all of a deployment. */
const apiName = /^mcp-api-([a-z0-9]{13})$/
const api = z.object({
  displayName: z.string(),
  uniqueName: z.string().nullish(),
  api: z.object({
    oauth2PermissionScopes: z.array(z.object({ id: z.guid(), type: z.enum(['User', 'Admin']) })),
  }),
})

const madePassword = z.object({ keyId: z.guid(), secretText: z.string().min(1) })

/** @param apiClientId of the API that Foundry calls: the registration belongs to its deployment */
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
      `The app registration ${apiClientId} was not made by azd provision: connect Foundry by hand (docs/clients.md).`,
    )
  }
  const displayName = target.displayName.replace(/^MCP servers/, 'MCP client Foundry')
  const path = `/v1.0/applications(uniqueName='mcp-foundry-${deployment}')`

  return {
    displayName,
    /** None before it is made. */
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
    /** With its service principal, without which sign-in fails. */
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
      if (!made) throw new Missing('The new app registration is not there yet: run it again.')
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
    /** The text is never to be had again. */
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
    /** All of them: Graph replaces the list. */
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

/** Of the public clients' registration, which earlier versions gave a secret. */
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
