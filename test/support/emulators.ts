/** The Entra and the Azure emulator, and the settings of an app between them. */
import permissions from '../../infra/permissions.json' with { type: 'json' }
import { startAzure } from '../../local/azure/server.ts'
import { startEntra } from '../../local/entra/server.ts'
import { farSideUrls, localBaseUrls } from '../../local/far-sides/base-urls.ts'
import { clients, directory, subscriptions, tenantId } from '../../local/seed.ts'
import { appOrigin } from './entra-client.ts'

export async function startEmulators({
  origin = appOrigin,
  data = directory(origin),
  ...azureOptions
}: { origin?: string; data?: ReturnType<typeof directory> } & Partial<
  Pick<Parameters<typeof startAzure>[0], 'subscriptions' | 'today'>
> = {}) {
  const entra = await startEntra({ port: 0, directory: data })
  const azure = await startAzure({
    ...{ port: 0, directory: data, entraOrigin: entra.origin, subscriptions },
    ...azureOptions,
  })
  return {
    entra,
    azure,
    environment: {
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clients.api.clientId,
      ENTRA_CLIENT_SECRET: clients.api.secret,
      ENTRA_AUTHORITY_HOST: entra.origin,
      PUBLIC_BASE_URL: origin,
      ...localBaseUrls(permissions, { arm: azure.arm, graph: azure.graph, farSides }),
    },
    async close() {
      await Promise.all([entra.close(), azure.close()])
    },
  }
}

/** An endpoint of one's own is served in these tests, too, and its API is not called. */
const silent = 'http://localhost:9'
const farSides = farSideUrls(permissions, { farSides: silent, notes: silent })
