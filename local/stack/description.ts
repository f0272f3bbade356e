/** The addresses and identities of a local stack, written to `.local/stack.json` for scripts and clients. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type AppRegistration, clients, directory, subscriptions } from '../seed.ts'
import { SettingsError } from '../settings-file.ts'

export type Description = {
  app: string
  /** URLs of the MCP endpoints by name. */
  endpoints: Record<string, string>
  adminKey: string
  entra: { origin: string; tenantId: string; admin: string }
  arm: string
  graph: string
  /** Base URLs of the other downstream APIs, by the name of their file in local/far-sides/; a relay's is an MCP endpoint. */
  farSides: Record<string, string>
  tables: string
  clients: {
    public: { clientId: string; redirectUris: string[] }
    confidential: { clientId: string; clientSecret: string; redirectUris: string[] }
  }
  users: { upn: string; oid: string; subscriptions: string[]; roles: string[] }[]
}

/** Users, clients and roles are the seed's. */
export function describe(parts: {
  app: string
  adminKey: string
  entra: { origin: string; tenantId: string }
  azure: { arm: string; graph: string }
  farSides: Record<string, string>
  tables: { url: string }
}): Description {
  const { app, adminKey, entra, azure, farSides, tables } = parts
  const { apps, users, roleAssignments } = directory(app)
  const resources = apps
    .flatMap(({ identifierUris }) => identifierUris)
    .filter((uri) => uri.startsWith(`${app}/mcp/`))

  return {
    app,
    endpoints: Object.fromEntries(resources.map((uri) => [uri.slice(`${app}/mcp/`.length), uri])),
    adminKey,
    entra: { origin: entra.origin, tenantId: entra.tenantId, admin: `${entra.origin}/admin` },
    arm: azure.arm,
    graph: azure.graph,
    farSides,
    tables: tables.url,
    clients: {
      public: identity(clients.public),
      confidential: {
        ...identity(clients.confidential),
        clientSecret: clients.confidential.secrets.join(),
      },
    },
    users: users.map(({ upn, oid }) => ({
      upn,
      oid,
      subscriptions: subscriptions
        .filter(({ readers }) => readers.includes(oid))
        .map(({ id }) => id),
      roles: roleAssignments.filter(({ user }) => user === oid).map(({ role }) => role),
    })),
  }
}

/**
 * Readable by its owner only, since it contains keys. Replaces the file atomically.
 * @throws SettingsError when the folder is not writable
 */
export async function writeDescription(path: string, description: Description): Promise<void> {
  const unfinished = `${path}.${process.pid}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await rm(unfinished, { force: true })
    await writeFile(unfinished, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 })
    await rename(unfinished, path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : ''
    throw new SettingsError(`${path} could not be written (${why}). Start in a writable folder.`)
  }
}

const identity = ({ clientId, redirectUris }: AppRegistration) => ({ clientId, redirectUris })
