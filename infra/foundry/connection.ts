/**
 * Reads, compares and writes a Foundry project's connection to one MCP endpoint, with OAuth identity passthrough. Azure
 * never returns its secret (`credentials: null`), so the connection's metadata has the secret's key id.
 */
import * as z from 'zod'
import type { Secret } from '../../shared/secret.ts'
import type { ClientValues, Endpoint } from '../clients/values.ts'
import { type AzureApi, AzureRefusal } from './azure-api.ts'
import type { ClientSecret } from './registration.ts'

export type WantedConnection = {
  category: 'RemoteTool'
  authType: 'OAuth2'
  target: string
  authorizationUrl: string
  tokenUrl: string
  scopes: string[]
}
export type Connection = z.output<typeof properties>

// The earlier version is known to accept these properties, the later to return `redirectUrl` (microsoft/azure-skills,
// foundry-tool-catalog.md and tool-mcp-custom-oauth.md).
const writeVersion = '2025-04-01-preview'
const readVersion = '2025-06-01'

const properties = z.object({
  category: z.string(),
  authType: z.string(),
  target: z.string(),
  authorizationUrl: z.string().nullish(),
  tokenUrl: z.string().nullish(),
  scopes: z.array(z.string()).nullish(),
  /** Foundry creates it on the first write, for this connection only. */
  redirectUrl: z.url().nullish(),
  metadata: z
    .looseObject({ clientSecretKeyId: z.string().optional() })
    .nullish()
    .transform((metadata) => metadata ?? {}),
})
const resource = z.object({ properties })

/** The connection that an endpoint needs. */
export const wantedConnection = (values: ClientValues, endpoint: Endpoint): WantedConnection => ({
  category: 'RemoteTool',
  authType: 'OAuth2',
  target: endpoint.url,
  authorizationUrl: values.authorizationEndpoint,
  tokenUrl: values.tokenEndpoint,
  // A JSON array; a string is refused. Without offline_access users sign in every hour.
  scopes: [...endpoint.scopes, 'offline_access'],
})

/** Names of the properties that differ. */
export function differences(existing: Connection, wanted: WantedConnection): string[] {
  const names = ['category', 'authType', 'authorizationUrl', 'tokenUrl'] as const
  const different: string[] = names.filter((name) => existing[name] !== wanted[name])
  const scopes = new Set(existing.scopes)
  const same = scopes.symmetricDifference(new Set(wanted.scopes)).size === 0
  return same ? different : [...different, 'scopes']
}

/** @param project resource id. The functions throw AzureRefusal */
export function projectConnection(arm: AzureApi, project: string, name: string) {
  const path = `${project}/connections/${name}`
  return {
    async checkProject(): Promise<void> {
      const at = `${project}?api-version=${readVersion}`
      await arm({ step: 'read the project', method: 'GET', path: at, answer: z.unknown() })
    },
    async read(): Promise<Connection | undefined> {
      try {
        const at = `${path}?api-version=${readVersion}`
        const step = 'read the connection'
        return (await arm({ step, method: 'GET', path: at, answer: resource })).properties
      } catch (error) {
        if (error instanceof AzureRefusal && error.status === 404) return undefined
        throw error
      }
    },
    async write(
      wanted: WantedConnection,
      credentials: {
        clientId: string
        secret: ClientSecret & { text: Secret<'client credential'> }
      },
    ): Promise<void> {
      const { clientId, secret } = credentials
      await arm({
        step: 'write the connection',
        method: 'PUT',
        path: `${path}?api-version=${writeVersion}`,
        body: {
          properties: {
            ...wanted,
            credentials: { clientId, clientSecret: secret.text.reveal() },
            metadata: { clientSecretKeyId: secret.keyId },
          },
        },
        answer: z.unknown(),
      })
    },
  }
}
