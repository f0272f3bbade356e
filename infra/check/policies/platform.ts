/** Storage, vault, logs and roles: identities instead of keys, TLS only, no role wider than needed. */
import type { Deployment } from '../snapshot.ts'
import { at } from '../value.ts'
import {
  all,
  answered,
  identity,
  insights,
  of,
  type Policy,
  rows,
  site,
  storage,
  vault,
} from './policy.ts'

const container = 'Microsoft.Storage/storageAccounts/blobServices/containers'
const assignment = 'Microsoft.Authorization/roleAssignments'

/** The roles that the function app needs, and the type of what each is assigned on. */
const roles: readonly string[] = [
  // Storage Blob Data Owner: the host's own containers, which it makes.
  `${storage} b7e6dc6d-f1e8-4753-8033-0f276bb0955b`,
  // Storage Table Data Contributor: rows of the token cache.
  `${storage} 0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3`,
  // Key Vault Secrets User: the encryption keys.
  `${vault} 4633458b-17de-408a-b874-0445c86b69e6`,
  // Monitoring Metrics Publisher: logs.
  `${insights} 3913510d-42f4-4e42-8a64-420c390055eb`,
]

/** With a subnet, storage and vault answer to it only. */
const byDefault = (deployment: Deployment) =>
  at(of(deployment, site)[0], 'properties.virtualNetworkSubnetId')[0] ? 'Deny' : 'Allow'

export const platform: readonly Policy[] = [
  ...rows(storage, all, [
    // What Azure takes as a name, the compiler does not check.
    ['name', 'name', /^[a-z0-9]{3,24}$/],
    ['shared-keys', 'properties.allowSharedKeyAccess', false],
    ['public-blobs', 'properties.allowBlobPublicAccess', false],
    ['https-only', 'properties.supportsHttpsTrafficOnly', true],
    ['old-tls', 'properties.minimumTlsVersion', 'TLS1_2', 'TLS1_3'],
    ['open-network', 'properties.networkAcls.defaultAction', byDefault],
  ]),
  ...rows(container, all, [['public-blobs', 'properties.publicAccess', undefined, 'None']]),
  ...rows(vault, all, [
    ['name', 'name', /^(?=.{3,24}$)[a-z](-?[a-z0-9])+$/],
    ['vault-access', 'properties.enableRbacAuthorization', true],
    ['vault-access', 'properties.enabledForTemplateDeployment', undefined, false],
    ['vault-access', 'properties.enabledForDeployment', undefined, false],
    ['vault-access', 'properties.enabledForDiskEncryption', undefined, false],
    ['vault-recovery', 'properties.enableSoftDelete', true],
    ['open-network', 'properties.networkAcls.defaultAction', byDefault],
  ]),
  ...rows(insights, all, [['local-ingestion', 'properties.DisableLocalAuth', true]]),
  ...rows(assignment, all, [
    // Without it, an assignment to an identity made a moment ago fails: PrincipalNotFound.
    ['principal-type', 'properties.principalType', 'ServicePrincipal'],
    ['identity-ids', 'properties.principalId', answered(identity, 'principalId')],
  ]),
  {
    rule: 'roles',
    broken(deployment) {
      const given = of(deployment, assignment).map((it) => {
        const [role] = at(it, 'properties.roleDefinitionId')
        return `${it.scope?.replace(/\/[^/]+$/, '')} ${String(role).split('/').at(-1)}`
      })
      return [...new Set(given).symmetricDifference(new Set(roles))]
    },
  },
]
