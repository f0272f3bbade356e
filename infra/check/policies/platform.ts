/** Storage, vault, logs and roles: identities instead of keys, TLS only, no role wider than needed. */
import type { Deployment } from '../snapshot.ts'
import { at } from '../value.ts'
import { all, answered, idOf, of, type Policy, rows, types } from './policy.ts'

const { identity, insights, site, storage, vault } = types
const container = 'Microsoft.Storage/storageAccounts/blobServices/containers'
const diagnostics = 'Microsoft.Insights/diagnosticSettings'
const workspace = 'Microsoft.OperationalInsights/workspaces'
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
    ['name', '^name', /^[a-z0-9]{3,24}$/],
    ['shared-keys', 'allowSharedKeyAccess', false],
    ['public-blobs', 'allowBlobPublicAccess', false],
    ['https-only', 'supportsHttpsTrafficOnly', true],
    ['old-tls', 'minimumTlsVersion', 'TLS1_2', 'TLS1_3'],
    ['open-network', 'networkAcls.defaultAction', byDefault],
  ]),
  ...rows(container, all, [['public-blobs', 'publicAccess', undefined, 'None']]),
  ...rows(vault, all, [
    ['name', '^name', /^(?=.{3,24}$)[a-z](-?[a-z0-9])+$/],
    ['vault-access', 'enableRbacAuthorization', true],
    ['vault-access', 'enabledForTemplateDeployment', undefined, false],
    ['vault-access', 'enabledForDeployment', undefined, false],
    ['vault-access', 'enabledForDiskEncryption', undefined, false],
    ['vault-recovery', 'enableSoftDelete', true],
    ['open-network', 'networkAcls.defaultAction', byDefault],
  ]),
  ...rows(diagnostics, all, [
    ['audit-log', 'workspaceId', idOf(workspace)],
    ['audit-log', 'logs', [{ categoryGroup: 'audit', enabled: true }]],
  ]),
  {
    rule: 'audit-log',
    broken: (deployment) =>
      [/vaults\/[^/]+$/, /blobServices\/default$/, /tableServices\/default$/]
        .filter((it) => !of(deployment, diagnostics).some(({ scope = '' }) => it.test(scope)))
        .map((it) => `nothing keeps who reads ${it.source}`),
  },
  ...rows(insights, all, [['local-ingestion', 'DisableLocalAuth', true]]),
  ...rows(assignment, all, [
    // Without it, an assignment to an identity made a moment ago fails: PrincipalNotFound.
    ['principal-type', 'principalType', 'ServicePrincipal'],
    ['identity-ids', 'principalId', answered(identity, 'principalId')],
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
