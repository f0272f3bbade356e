/**
 * The part of Azure that connecting a Foundry project touches, beside an Entra emulator of its own, and a person signed
 * in to it: alice, an owner of everything until a test takes a right away.
 */
import { createServer } from 'node:http'
import type { TokenCredential } from '@azure/identity'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { createTokenCheck } from '../../../local/azure/access-token.ts'
import { armAudiences } from '../../../local/azure/arm.ts'
import { graphAudiences } from '../../../local/azure/graph.ts'
import type { Entra } from '../../../local/entra/server.ts'
import { entraKeys } from '../../../local/far-sides/token.ts'
import { listen } from '../../../local/host/listen.ts'
import { alice, armClientId, clients, graphClientId } from '../../../local/seed.ts'
import { type ArmState, createArm } from './arm.ts'
import { createGraph, type GraphState } from './graph.ts'

export const project =
  '/subscriptions/50000001-0000-4000-8000-000000000001/resourceGroups/rg-agents/providers/Microsoft.CognitiveServices/accounts/contoso-foundry/projects/finance'

export type FoundryForTest = Awaited<ReturnType<typeof startFoundry>>

export async function startFoundry(entra: Entra) {
  const arm: ArmState = {
    projects: [project],
    connections: new Map(),
    readers: [alice.oid],
    writers: [alice.oid],
    makesRedirectUrls: true,
    settings: {
      ENTRA_ALLOWED_CLIENTS: clients.public.clientId,
      PUBLIC_BASE_URL: 'https://x.example',
    },
    siteContributors: [alice.oid],
    refuseWrite: undefined,
    writes: [],
  }
  const graph: GraphState = {
    apiName: 'mcp-api-abcdefghijklm',
    owners: [alice.oid],
    readers: [alice.oid],
    passwords: [],
    publicPasswords: [],
    withoutPrincipal: [],
    secretPolicy: undefined,
    mayRegister: true,
    writes: [],
  }
  const keys = entraKeys(entra.origin, entra.tenantId)
  const checkOf = (audiences: string[]) =>
    createTokenCheck({ keys, tenantId: entra.tenantId, audiences })
  const app = new Hono()
    .mount('/arm', createArm(arm, checkOf(armAudiences)).fetch)
    .mount('/graph', createGraph(graph, entra, checkOf(graphAudiences)).fetch)
  const { port, close } = await listen(createServer(getRequestListener(app.fetch)), 0)

  return {
    arm,
    graph,
    urls: { arm: `http://127.0.0.1:${port}/arm`, graph: `http://127.0.0.1:${port}/graph` },
    /** What the Azure CLI's sign-in gives. */
    credential: credentialOf(entra),
    close,
  }
}

const tokens: Record<string, { resource: string; scopes: string[] }> = {
  'https://management.azure.com/.default': {
    resource: armClientId,
    scopes: ['user_impersonation'],
  },
  'https://graph.microsoft.com/.default': {
    resource: graphClientId,
    scopes: ['Directory.AccessAsUser.All'],
  },
}

const credentialOf = (entra: Entra): TokenCredential => ({
  async getToken(scope) {
    const wanted = tokens[String(scope)]
    if (wanted === undefined) throw new Error(`no token for ${scope}`)
    const forgery = { user: alice.oid, client: clients.public.clientId, ...wanted }
    const token = await entra.admin.forgeToken(forgery)
    return { token, expiresOnTimestamp: Date.now() + 3_600_000 }
  },
})
