/** App Service Authentication: signs people in on pages of its own, without a secret, and leaves every route of ours alone. */
import { type Policy, reference, rows, siteConfig } from './policy.ts'

const validation = 'properties.globalValidation'
const provider = 'properties.identityProviders.azureActiveDirectory'

export const signIn: readonly Policy[] = rows(siteConfig, /\/authsettingsV2$/, [
  ['sign-in', 'properties.platform.enabled', true],
  ['sign-in', `${provider}.enabled`, true],
  ['sign-in', `${provider}.registration.clientId`, reference('apiPrincipal', 'appId')],
  // Names the setting with the managed identity's client id.
  [
    'secretless',
    `${provider}.registration.clientSecretSettingName`,
    'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID',
  ],
  ['https-only', 'properties.httpSettings.requireHttps', true],
  ['our-paths', `${validation}.requireAuthentication`, false],
  ['our-paths', `${validation}.unauthenticatedClientAction`, 'AllowAnonymous'],
  ['our-paths', `${validation}.excludedPaths`, ['/mcp/*', '/.well-known/*', '/healthz']],
])
