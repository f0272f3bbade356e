/** Where everything of a local stack is: `.local/stack.json`, so that scripts and clients need no guesses. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type AppRegistration, clients, directory, subscriptions } from '../seed.ts'
import { SettingsError } from '../settings-file.ts'

export type Description = {
  app: string
  /** URL of each MCP endpoint by its name. */
  endpoints: Record<string, string>
  adminKey: string
  entra: { origin: string; tenantId: string; admin: string }
  arm: string
  graph: string
  /** Base URLs of the other APIs behind, by the name of their file in local/far-sides/; that of a relay speaks MCP. */
  farSides: Record<string, string>
  tables: string
  clients: {
    public: { clientId: string; redirectUris: string[] }
    confidential: { clientId: string; clientSecret: string; redirectUris: string[] }
  }
  users: { upn: string; oid: string; subscriptions: string[]; roles: string[] }[]
}

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
 * For its owner's eyes: it holds keys. Readers see the old file or the new one, whole.
 * @throws SettingsError where the folder takes no file
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
    throw new SettingsError(
      `${path} could not be written (${why}). Start in a folder that you may write to.`,
    )
  }
}

const identity = ({ clientId, redirectUris }: AppRegistration) => ({ clientId, redirectUris })
