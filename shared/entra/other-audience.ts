/**
 * Names the API that a token with a foreign audience is for, and how to get the right token. Only for tokens with a
 * valid signature: nothing is said about others.
 */
import { arm, type Downstream, graph } from '../downstreams.ts'

export type OtherAudience = { name: string; hint: string }

/** Undefined for an unknown audience. */
export function otherAudience(aud: unknown): OtherAudience | undefined {
  const audience = String(aud).toLowerCase().replace(/\/$/, '')
  return known.find(({ audiences }) => audiences.includes(audience))
}

/** For a client that sent an agent's app-only token. */
export const actingForUsers =
  'In Foundry use OAuth identity passthrough, on the connection (prompt agents) or through a toolbox (hosted agents): the identity of an agent cannot act for a user'

const ownScopes = 'Configure the client to request the scopes in the metadata of this server'

const known: (OtherAudience & { audiences: readonly string[] })[] = [
  {
    name: 'Microsoft Foundry',
    audiences: ['https://ai.azure.com'],
    hint: actingForUsers,
  },
  {
    name: graph.name,
    audiences: audiencesOf(graph),
    hint: `${ownScopes}, not those of Graph: this server gets its own tokens for Graph`,
  },
  {
    name: arm.name,
    audiences: [...audiencesOf(arm), 'https://management.core.windows.net'],
    hint: `${ownScopes}, not those of Azure: with the Azure CLI, use az account get-access-token --scope <scope>`,
  },
]

function audiencesOf({ definition: { resource, appId } }: Downstream): string[] {
  return appId === undefined ? [resource] : [resource, appId]
}
