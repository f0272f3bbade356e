/**
 * The app registration that Foundry signs people in with, through Microsoft Graph: its redirect URIs, and the client
 * secrets made here, told from others by their name. Whoever may do that is Graph's to decide.
 */
import * as z from 'zod'
import { Secret } from '../../shared/secret.ts'
import type { AzureApi } from './azure-api.ts'

export type ClientSecret = { keyId: string; displayName: string; expires: Date }

const passwordCredential = z
  .object({ keyId: z.guid(), displayName: z.string().nullish(), endDateTime: z.coerce.date() })
  .transform(
    ({ keyId, displayName, endDateTime }): ClientSecret => ({
      keyId,
      displayName: displayName ?? '',
      expires: endDateTime,
    }),
  )

const application = z.object({
  id: z.guid(),
  displayName: z.string(),
  web: z.object({ redirectUris: z.array(z.string()) }),
  passwordCredentials: z.array(passwordCredential),
})

const madePassword = z.object({ keyId: z.guid(), secretText: z.string().min(1) })

export function clientRegistration(graph: AzureApi, clientId: string) {
  return {
    async read() {
      const select = 'id,displayName,web,passwordCredentials'
      const { id, displayName, web, passwordCredentials } = await graph({
        step: 'read the registration',
        method: 'GET',
        path: `/v1.0/applications(appId='${clientId}')?$select=${select}`,
        answer: application,
      })
      return { id, displayName, redirectUris: web.redirectUris, secrets: passwordCredentials }
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
