/** The function app on Flex Consumption: nothing that Azure refuses, ignores, or reads otherwise than it looks. */
import type { Deployment } from '../snapshot.ts'
import {
  all,
  answered,
  identity,
  idOf,
  insights,
  type Policy,
  reference,
  rows,
  site,
  siteConfig,
  storage,
} from './policy.ts'

const passwords = 'Microsoft.Web/sites/basicPublishingCredentialsPolicies'
const app = 'properties.functionAppConfig'
const id = idOf(identity)
const clientId = answered(identity, 'clientId')
const blobs = answered(storage, 'primaryEndpoints.blob')
const tables = answered(storage, 'primaryEndpoints.table')
const ingestion = answered(insights, 'ConnectionString')
const set = (name: string) => `properties.${name}`

/** App settings that read as meaningful and are ignored on Flex. */
const ignored = `
  FUNCTIONS_WORKER_RUNTIME FUNCTIONS_WORKER_RUNTIME_VERSION FUNCTIONS_WORKER_PROCESS_COUNT
  FUNCTIONS_EXTENSION_VERSION SCM_DO_BUILD_DURING_DEPLOYMENT ENABLE_ORYX_BUILD
  WEBSITE_CONTENTSHARE WEBSITE_CONTENTAZUREFILECONNECTIONSTRING WEBSITE_RUN_FROM_PACKAGE
  WEBSITE_SKIP_CONTENTSHARE_VALIDATION WEBSITE_VNET_ROUTE_ALL`
  .trim()
  .split(/\s+/)

const formatted =
  (format: string, value: (deployment: Deployment) => string, rest = '') =>
  (deployment: Deployment) =>
    `[format('${format}', ${value(deployment).slice(1, -1)}${rest})]`

export const flex: readonly Policy[] = [
  ...rows('Microsoft.Web/serverfarms', all, [
    ['plan', 'sku', { name: 'FC1', tier: 'FlexConsumption' }],
    ['plan', 'properties.reserved', true],
  ]),
  ...rows(site, all, [
    // Two apps whose names share their first 32 characters would share one host id.
    ['name', 'name', /^(?=.{2,32}$)[a-z0-9](-?[a-z0-9])+$/],
    ['plan', 'kind', 'functionapp,linux'],
    // ARM refuses the rest (51021) or ignores it; CORS, remote debugging and app settings have no place there.
    ['site-config', 'properties.siteConfig', { minTlsVersion: '1.2' }, { minTlsVersion: '1.3' }],
    ['memory', `${app}.scaleAndConcurrency.instanceMemoryMB`, 2048, 4096],
    ['runtime', `${app}.runtime`, { name: 'node', version: '24' }],
    ['https-only', 'properties.httpsOnly', true],
    ['app-identity', 'identity.type', 'UserAssigned'],
    ['app-identity', 'identity.userAssignedIdentities', (it) => ({ [id(it)]: {} })],
    ['app-identity', 'properties.keyVaultReferenceIdentity', id],
    ['app-identity', `${app}.deployment.storage.authentication.type`, 'UserAssignedIdentity'],
    ['app-identity', `${app}.deployment.storage.authentication.userAssignedIdentityResourceId`, id],
    ['endpoints', `${app}.deployment.storage.value`, formatted('{0}{1}', blobs, ", 'deployments'")],
  ]),
  ...rows(passwords, /\/ftp$/, [['basic-authentication', 'properties.allow', false]]),
  ...rows(passwords, /\/scm$/, [['basic-authentication', 'properties.allow', false]]),
  ...rows(siteConfig, /\/appsettings$/, [
    ['storage-credential', set('AzureWebJobsStorage__credential'), 'managedidentity'],
    ['identity-ids', set('AzureWebJobsStorage__clientId'), clientId],
    ['identity-ids', set('OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'), clientId],
    ['identity-ids', set('ENTRA_MANAGED_IDENTITY_CLIENT_ID'), clientId],
    ['identity-ids', set('ENTRA_CLIENT_ID'), reference('apiPrincipal', 'appId')],
    ['endpoints', set('AzureWebJobsStorage__blobServiceUri'), blobs],
    ['endpoints', set('AzureWebJobsStorage__tableServiceUri'), tables],
    ['endpoints', set('TOKEN_CACHE_TABLES_URL'), tables],
    ['telemetry', set('APPLICATIONINSIGHTS_CONNECTION_STRING'), ingestion],
    [
      'telemetry',
      set('APPLICATIONINSIGHTS_AUTHENTICATION_STRING'),
      formatted('ClientId={0};Authorization=AAD', clientId),
    ],
    // Its metadata would stand beside ours, with one static list of scopes for every endpoint.
    ['our-metadata', set('WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES'), undefined],
    ...ignored.map((name) => ['flex-ignores', set(name), undefined] as const),
  ]),
]
