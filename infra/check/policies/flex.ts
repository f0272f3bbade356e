/** Flex Consumption, and App Service Authentication in front of it: nothing that is refused, ignored or in our way. */
import { at, isObject } from '../value.ts'
import { each, of, type Policy } from './policy.ts'

const site = 'Microsoft.Web/sites'
const config = 'Microsoft.Web/sites/config'
const passwords = 'Microsoft.Web/sites/basicPublishingCredentialsPolicies'

/** ARM's error 51021; in older regions they are ignored. */
const refused = [
  'ftpsState',
  'linuxFxVersion',
  'windowsFxVersion',
  'netFrameworkVersion',
  'use32BitWorkerProcess',
  'preWarmedInstanceCount',
  'functionsRuntimeScaleMonitoringEnabled',
  'alwaysOn',
]
/** App settings that read as meaningful and are not. */
const ignored = [
  'FUNCTIONS_WORKER_RUNTIME',
  'FUNCTIONS_WORKER_RUNTIME_VERSION',
  'FUNCTIONS_WORKER_PROCESS_COUNT',
  'FUNCTIONS_EXTENSION_VERSION',
  'SCM_DO_BUILD_DURING_DEPLOYMENT',
  'ENABLE_ORYX_BUILD',
  'WEBSITE_CONTENTSHARE',
  'WEBSITE_CONTENTAZUREFILECONNECTIONSTRING',
  'WEBSITE_RUN_FROM_PACKAGE',
  'WEBSITE_SKIP_CONTENTSHARE_VALIDATION',
  'WEBSITE_VNET_ROUTE_ALL',
]
const ours = ['/mcp/*', '/.well-known/*', '/healthz']

export const flex: readonly Policy[] = [
  each(site, 'flex-refuses', `siteConfig may have none of ${refused.join(', ')}`, ({ body }) => {
    const siteConfig = at(body, 'properties.siteConfig')
    return !refused.some((name) => isObject(siteConfig) && name in siteConfig)
  }),
  each(site, 'flex-refuses', 'instanceMemoryMB is 2048 or 4096', ({ body }) =>
    [2048, 4096].includes(Number(at(body, scale('instanceMemoryMB')))),
  ),
  each(config, 'flex-ignores', `may have none of ${ignored.join(', ')}`, ({ body, name }) => {
    const settings = name === 'appsettings' ? body.properties : {}
    return !ignored.some((setting) => isObject(settings) && setting in settings)
  }),
  each('Microsoft.Web/serverfarms', 'plan', 'is FC1 of FlexConsumption', ({ body }) =>
    is(body.sku, { name: 'FC1', tier: 'FlexConsumption' }),
  ),
  each(site, 'runtime', 'runs on Node 24', ({ body }) =>
    is(at(body, 'properties.functionAppConfig.runtime'), { name: 'node', version: '24' }),
  ),
  each(site, 'https-only', 'httpsOnly has to be true', ({ body }) =>
    is(at(body, 'properties.httpsOnly'), true),
  ),
  each(site, 'old-tls', 'minTlsVersion has to be 1.2 or 1.3', ({ body }) =>
    ['1.2', '1.3'].includes(String(at(body, 'properties.siteConfig.minTlsVersion'))),
  ),
  each(site, 'deployment-by-identity', 'fetches its package by identity', ({ body }) =>
    is(at(body, `${deployment}.authentication.type`), 'UserAssignedIdentity'),
  ),
  each(
    site,
    'basic-authentication',
    'needs a policy of its own for ftp and scm',
    (_, deployment) => {
      const allowed = of(deployment, passwords).map(({ name, body }) => [
        name,
        at(body, 'properties'),
      ])
      return is(Object.fromEntries(allowed), { ftp: { allow: false }, scm: { allow: false } })
    },
  ),
  each(config, 'our-paths', `lets ${ours.join(', ')} and anonymous requests through`, (it) => {
    if (it.name !== 'authsettingsV2') return true
    const { requireAuthentication, unauthenticatedClientAction, excludedPaths } = Object(
      at(it.body, 'properties.globalValidation'),
    )
    const isOpen =
      requireAuthentication === false && unauthenticatedClientAction === 'AllowAnonymous'
    return isOpen && is(excludedPaths, ours)
  }),
  each(config, 'https-only', 'requireHttps has to be true', ({ body, name }) =>
    name === 'authsettingsV2' ? is(at(body, 'properties.httpSettings.requireHttps'), true) : true,
  ),
  each(config, 'secretless', 'proves itself by the managed identity', ({ body, name }) => {
    const by = at(body, `${registration}.clientSecretSettingName`)
    return name !== 'authsettingsV2' || is(by, 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID')
  }),
  // Its metadata would stand beside ours, with one static list of scopes for every endpoint.
  each(config, 'our-metadata', 'may not have WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES', ({ body }) =>
    is(at(body, 'properties.WEBSITE_AUTH_PRM_DEFAULT_WITH_SCOPES'), undefined),
  ),
]

const scale = (name: string) => `properties.functionAppConfig.scaleAndConcurrency.${name}`
const deployment = 'properties.functionAppConfig.deployment.storage'
const registration = 'properties.identityProviders.azureActiveDirectory.registration'
const is = (value: unknown, expected: unknown) => JSON.stringify(value) === JSON.stringify(expected)
