/**
 * What a token is for when it is not for this API, and what gives the caller the right one. For tokens whose signature
 * holds: of others nothing is told.
 */

export type OtherAudience = { name: string; hint: string }

/** Undefined for an audience that says nothing to us. */
export function otherAudience(aud: unknown): OtherAudience | undefined {
  const audience = String(aud).toLowerCase().replace(/\/$/, '')
  return known.find(({ audiences }) => audiences.includes(audience))
}

/** For a client that sent an agent's own token. */
export const actingForUsers =
  'In Foundry use OAuth identity passthrough, on the connection (prompt agents) or through a toolbox (hosted agents): the identity of an agent cannot act for a user'

const ownScopes = 'Let the client ask for the scopes in the metadata of this server'

const known: (OtherAudience & { audiences: readonly string[] })[] = [
  {
    name: 'Microsoft Foundry',
    audiences: ['https://ai.azure.com'],
    hint: actingForUsers,
  },
  {
    name: 'Microsoft Graph',
    audiences: ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'],
    hint: `${ownScopes}, not for those of Graph; what is needed of Graph this server gets itself`,
  },
  {
    name: 'Azure Resource Manager',
    audiences: [
      'https://management.azure.com',
      'https://management.core.windows.net',
      '797f4846-ba00-4fd7-ba43-dac1f8f63013',
    ],
    hint: `${ownScopes}, not for those of Azure; with the Azure CLI that is az account get-access-token --scope, not without`,
  },
]
