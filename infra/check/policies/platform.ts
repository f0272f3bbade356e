/** Storage, vault, logs and roles: identities instead of keys, TLS only, no role wider than needed. */
import { at } from '../value.ts'
import { each, type Policy } from './policy.ts'

const storage = 'Microsoft.Storage/storageAccounts'
const vault = 'Microsoft.KeyVault/vaults'

/** The roles that the function app needs, by id, with the type of what they may be assigned on. */
const roles: Readonly<Record<string, string>> = {
  // Storage Blob Data Owner: the host's own containers, which it makes.
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': storage,
  // Storage Table Data Contributor: rows of the token cache.
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': storage,
  // Key Vault Secrets User: the cache's keys.
  '4633458b-17de-408a-b874-0445c86b69e6': vault,
  // Monitoring Metrics Publisher: logs.
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Microsoft.Insights/components',
}

export const platform: readonly Policy[] = [
  each(storage, 'shared-keys', 'allowSharedKeyAccess has to be false', ({ body }) =>
    is(at(body, 'properties.allowSharedKeyAccess'), false),
  ),
  each(storage, 'public-blobs', 'allowBlobPublicAccess has to be false', ({ body }) =>
    is(at(body, 'properties.allowBlobPublicAccess'), false),
  ),
  each(storage, 'https-only', 'supportsHttpsTrafficOnly has to be true', ({ body }) =>
    is(at(body, 'properties.supportsHttpsTrafficOnly'), true),
  ),
  each(storage, 'old-tls', 'minimumTlsVersion has to be TLS1_2 or TLS1_3', ({ body }) =>
    is(at(body, 'properties.minimumTlsVersion'), 'TLS1_2', 'TLS1_3'),
  ),
  each(vault, 'vault-access', 'enableRbacAuthorization has to be true', ({ body }) =>
    is(at(body, 'properties.enableRbacAuthorization'), true),
  ),
  each('Microsoft.KeyVault/vaults/secrets', 'secret-in-template', 'is made by a hook', () => false),
  each(
    'Microsoft.Insights/components',
    'local-ingestion',
    'DisableLocalAuth has to be true',
    (it) => is(at(it.body, 'properties.DisableLocalAuth'), true),
  ),
  each('Microsoft.Authorization/roleAssignments', 'wide-role', 'is more than is needed', (it) => {
    const role = String(at(it.body, 'properties.roleDefinitionId')).split('/').at(-1) ?? ''
    const scope = String(at(it.body, 'scope.id'))
    return scope.includes(`/${roles[role]}/`)
  }),
  each(
    'Microsoft.Authorization/roleAssignments',
    'principal-type',
    'is a ServicePrincipal’s',
    (it) =>
      // Without it, an assignment to an identity made a moment ago fails: PrincipalNotFound.
      is(at(it.body, 'properties.principalType'), 'ServicePrincipal'),
  ),
  ...[storage, vault].map((type) =>
    each(type, 'open-network', 'has to answer to the subnet only', ({ body }, { resources }) => {
      const app = resources.find((it) => it.type === 'Microsoft.Web/sites')
      const isPrivate = typeof at(app?.body, 'properties.virtualNetworkSubnetId') === 'string'
      return !isPrivate || at(body, 'properties.networkAcls.defaultAction') === 'Deny'
    }),
  ),
]

const is = (value: unknown, ...allowed: unknown[]) => allowed.includes(value)
