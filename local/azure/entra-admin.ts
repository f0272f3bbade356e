/**
 * Reads revocations and the current directory from Entra's admin API. Nothing is cached, so that changes take effect at
 * once.
 */
import * as z from 'zod'

export type EntraDirectory = z.infer<typeof directorySchema>

export type EntraAdmin = {
  /** Seconds since the epoch: the user's tokens issued earlier are revoked. Undefined when none are. */
  validFrom(oid: string): Promise<number | undefined>
  directory(): Promise<EntraDirectory>
}

/** Both functions throw what fetch throws when Entra is unreachable. */
export function createEntraAdmin(entraOrigin: string): EntraAdmin {
  const read = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> =>
    schema.parse(await (await fetch(`${entraOrigin}/admin${path}`)).json())
  return {
    async validFrom(oid) {
      const revocations = await read('/revocations', revocationsSchema)
      return revocations.find(({ user }) => user === oid)?.validFrom
    },
    directory: () => read('/state', directorySchema),
  }
}

const revocationsSchema = z.array(z.object({ user: z.string(), validFrom: z.number() }))

const directorySchema = z.object({
  users: z.array(z.object({ oid: z.string(), upn: z.string(), name: z.string() })),
  apps: z.array(
    z.object({
      clientId: z.string(),
      servicePrincipal: z.string(),
      name: z.string(),
      identifierUris: z.array(z.string()),
      scopes: z.array(
        z.object({ value: z.string(), description: z.string(), adminOnly: z.boolean() }),
      ),
      appRoles: z.array(z.string()),
      accessTokenVersion: z.number(),
      preAuthorized: z.array(z.object({ clientId: z.string(), scopes: z.array(z.string()) })),
      requires: z.array(z.object({ resource: z.string(), scopes: z.array(z.string()) })),
      optionalClaims: z.array(z.string()),
      publicClient: z.boolean(),
      redirectUris: z.array(z.string()),
      secretCount: z.number(),
      secretsEnd: z.string().optional(),
      certificates: z.array(z.string()),
      federatedCredentials: z.array(
        z.object({ issuer: z.string(), subject: z.string(), audience: z.string() }),
      ),
    }),
  ),
  managedIdentities: z.array(z.object({ clientId: z.string(), principalId: z.string() })),
  grants: z.array(
    z.object({
      client: z.string(),
      resource: z.string(),
      scopes: z.array(z.string()),
      user: z.string(),
    }),
  ),
  roleAssignments: z.array(z.object({ user: z.string(), resource: z.string(), role: z.string() })),
  authenticationContexts: z.array(z.object({ id: z.string(), name: z.string() })),
  applicationRoles: z.array(
    z.object({ client: z.string(), resource: z.string(), role: z.string() }),
  ),
})
