/**
 * The function app on Flex Consumption: nothing that Azure refuses, ignores, or reads otherwise than it looks; and App
 * Service Authentication in front of it.
 */
import type { Deployment } from '../snapshot.ts'
import { at } from '../value.ts'
import { all, answered, idOf, of, type Policy, reference, rows, types } from './policy.ts'

const { identity, insights, site, siteConfig, storage } = types
const passwords = 'Microsoft.Web/sites/basicPublishingCredentialsPolicies'
const app = 'functionAppConfig'
const id = idOf(identity)
const clientId = answered(identity, 'clientId')
const blobs = answered(storage, 'primaryEndpoints.blob')
const tables = answered(storage, 'primaryEndpoints.table')
const telemetryAs = formatted('ClientId={0};Authorization=AAD', clientId)
const ingestion = answered(insights, 'ConnectionString')

/** App settings that read as meaningful and are ignored on Flex. */
const ignored = `
  FUNCTIONS_WORKER_RUNTIME FUNCTIONS_WORKER_RUNTIME_VERSION FUNCTIONS_WORKER_PROCESS_COUNT
  FUNCTIONS_EXTENSION_VERSION SCM_DO_BUILD_DURING_DEPLOYMENT ENABLE_ORYX_BUILD
  WEBSITE_CONTENTSHARE WEBSITE_CONTENTAZUREFILECONNECTIONSTRING WEBSITE_RUN_FROM_PACKAGE
  WEBSITE_SKIP_CONTENTSHARE_VALIDATION WEBSITE_VNET_ROUTE_ALL`
  .trim()
  .split(/\s+/)

const signInSettings = /\/authsettingsV2$/
const validation = 'globalValidation'
const provider = 'identityProviders.azureActiveDirectory'

const ours = '/ /mcp/* /oauth/* /consent/* /token-cache/* /.well-known/* /healthz'.split(' ')

/** Whether sessions are kept, which is what people sign in there for. */
export const keepsSessions = (deployment: Deployment): boolean =>
  at(of(deployment, siteConfig, signInSettings)[0], 'properties.login.tokenStore.enabled')[0] ===
  true

function formatted(format: string, value: (deployment: Deployment) => string, rest = '') {
  return (it: Deployment) => `[format('${format}', ${value(it).slice(1, -1)}${rest})]`
}

export const flex: readonly Policy[] = [
  ...rows('Microsoft.Web/serverfarms', all, [
    ['plan', '^sku', { name: 'FC1', tier: 'FlexConsumption' }],
    ['plan', 'reserved', true],
  ]),
  ...rows(site, all, [
    // Two apps whose names share their first 32 characters would share one host id.
    ['name', '^name', /^(?=.{2,32}$)[a-z0-9](-?[a-z0-9])+$/],
    ['plan', '^kind', 'functionapp,linux'],
    // ARM refuses the rest (51021) or ignores it; CORS, remote debugging and app settings have no place there.
    ['site-config', 'siteConfig', { minTlsVersion: '1.2' }, { minTlsVersion: '1.3' }],
    ['memory', `${app}.scaleAndConcurrency.instanceMemoryMB`, 2048, 4096],
    ['runtime', `${app}.runtime`, { name: 'node', version: '24' }],
    ['https-only', 'httpsOnly', true],
    ['app-identity', '^identity.type', 'UserAssigned'],
    ['app-identity', '^identity.userAssignedIdentities', (it) => ({ [id(it)]: {} })],
    ['app-identity', 'keyVaultReferenceIdentity', id],
    ['app-identity', `${app}.deployment.storage.authentication.type`, 'UserAssignedIdentity'],
    ['app-identity', `${app}.deployment.storage.authentication.userAssignedIdentityResourceId`, id],
    ['endpoints', `${app}.deployment.storage.value`, formatted('{0}{1}', blobs, ", 'deployments'")],
  ]),
  ...rows(passwords, /\/ftp$/, [['basic-authentication', 'allow', false]]),
  ...rows(passwords, /\/scm$/, [['basic-authentication', 'allow', false]]),
  ...rows(siteConfig, /\/appsettings$/, [
    ['storage-credential', 'AzureWebJobsStorage__credential', 'managedidentity'],
    ['identity-ids', 'AzureWebJobsStorage__clientId', clientId],
    ['identity-ids', 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID', clientId],
    ['identity-ids', 'ENTRA_MANAGED_IDENTITY_CLIENT_ID', clientId],
    ['identity-ids', 'ENTRA_CLIENT_ID', reference('apiPrincipal', 'appId')],
    // Empty would be any client of the tenant.
    ['allowed-clients', 'ENTRA_ALLOWED_CLIENTS', /reference\('clientPrincipal'\)\.appId/],
    ['endpoints', 'AzureWebJobsStorage__blobServiceUri', blobs],
    ['endpoints', 'AzureWebJobsStorage__tableServiceUri', tables],
    ['endpoints', 'TOKEN_CACHE_TABLES_URL', tables],
    ['telemetry', 'APPLICATIONINSIGHTS_CONNECTION_STRING', ingestion],
    ['telemetry', 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', telemetryAs],
    // Its metadata would stand beside ours, with one static list of scopes for every endpoint.
    ['our-metadata', 'WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES', undefined],
    ...ignored.map((name) => ['flex-ignores', name, undefined] as const),
  ]),
  // App Service Authentication: people sign in without a secret, and every route of ours is left alone.
  ...rows(siteConfig, signInSettings, [
    ['sign-in', 'platform.enabled', true],
    ['sign-in', `${provider}.enabled`, true],
    ['sign-in', `${provider}.registration.clientId`, reference('apiPrincipal', 'appId')],
    // Names the setting with the managed identity's client id.
    [
      'secretless',
      `${provider}.registration.clientSecretSettingName`,
      'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID',
    ],
    ['https-only', 'httpSettings.requireHttps', true],
    ['our-paths', `${validation}.requireAuthentication`, false],
    ['our-paths', `${validation}.unauthenticatedClientAction`, 'AllowAnonymous'],
    ['our-paths', `${validation}.excludedPaths`, ours],
  ]),
]
