/**
 * Names the API that a token with a foreign audience is for, and how to get the right token. Only for tokens with a
 * valid signature: nothing is said about others.
 */

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
    name: 'Microsoft Graph',
    audiences: ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'],
    hint: `${ownScopes}, not those of Graph: this server gets its own tokens for Graph`,
  },
  {
    name: 'Azure Resource Manager',
    audiences: [
      'https://management.azure.com',
      'https://management.core.windows.net',
      '797f4846-ba00-4fd7-ba43-dac1f8f63013',
    ],
    hint: `${ownScopes}, not those of Azure: with the Azure CLI, use az account get-access-token --scope <scope>`,
  },
]
