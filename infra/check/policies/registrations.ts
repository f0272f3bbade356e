/** The app registrations: tokens that the app accepts, scopes and roles that can be given, redirects that cannot be bent. */
import type { Deployment } from '../snapshot.ts'
import { at } from '../value.ts'
import { cloudOf } from './clouds.ts'
import { keepsSessions } from './flex.ts'
import { all, answered, of, type Policy, reference, rows, types } from './policy.ts'

const { applications, identity, site, siteConfig } = types
const credentials = 'Microsoft.Graph/applications/federatedIdentityCredentials'
const principals = 'Microsoft.Graph/servicePrincipals'
const api = /^mcp-api-/
const clients = /^mcp-clients-/
/** Those that have a credential. */
const confidential = /^mcp-(api|signin)-/
const loopback = /^http:\/\/(localhost|127\.0\.0\.1)(\/[^*?#]*)?$/

export const registrations: readonly Policy[] = [
  ...rows(applications, all, [
    ['graph-version', '^apiVersion', 'v1.0'],
    ['single-tenant', 'signInAudience', 'AzureADMyOrg'],
    ['redirect-uri', 'spa', undefined],
    // The app acts as a user, never by itself.
    ['delegated-only', 'requiredResourceAccess.*.resourceAccess.*.type', 'Scope'],
    ['implicit-grant', 'web.implicitGrantSettings.enableAccessTokenIssuance', undefined, false],
  ]),
  ...rows(applications, confidential, [
    ['redirect-uri', 'web.redirectUris', ownPages, (it) => pages(it, ['/oauth/callback'])],
    // AADSTS90009.
    ['own-client', 'publicClient', undefined],
  ]),
  ...rows(applications, api, [
    ['unique-name', 'uniqueName', api],
    ['token-version', 'api.requestedAccessTokenVersion', 2],
    // No slash at the end, no wildcard; newer tenants refuse an api:// URI without the tenant's id.
    ['identifier-uri', 'identifierUris.*', /^(https:\/|api:\/\/[0-9a-f-]{36})\/[^*?#]+[^*?#/]$/],
    [
      'optional-claims',
      'optionalClaims',
      { accessToken: ['xms_cc', 'idtyp', 'acrs', 'acct'].map((name) => ({ name })) },
    ],
    ['implicit-grant', 'web.implicitGrantSettings.enableIdTokenIssuance', keepsSessions],
    ['scope-enabled', 'api.oauth2PermissionScopes.*.isEnabled', true],
    ['scope-enabled', 'appRoles.*.isEnabled', true],
    ['scope-enabled', 'appRoles.*.allowedMemberTypes', ['User']],
    ['pre-authorized', 'api.preAuthorizedApplications.*.delegatedPermissionIds', userScopes],
  ]),
  ...rows(applications, clients, [
    ['unique-name', 'uniqueName', clients],
    ['redirect-uri', 'publicClient.redirectUris.*', loopback],
    ['public-client', 'web', undefined],
    ['public-client', 'identifierUris', undefined],
  ]),
  ...rows(siteConfig, /\/appsettings$/, [['pre-authorized', 'OAUTH_CLIENT_ID', '', preAuthorized]]),
  ...rows(principals, /'api'/, [['service-principal', 'appId', reference('api', 'appId')]]),
  ...rows(principals, /'client'/, [['service-principal', 'appId', reference('client', 'appId')]]),
  ...rows(credentials, all, [
    ['federated-credential', '^name', /^mcp-(api|signin)-[a-z0-9]+\/function-app$/],
    ['federated-credential', 'subject', answered(identity, 'principalId')],
  ]),
]

/** Where consenting and signing in end: this deployment's hosts, and no other. */
function ownPages(deployment: Deployment): string[] {
  const sessions = keepsSessions(deployment) ? ['/.auth/login/aad/callback'] : []
  return pages(deployment, ['/consent/callback', ...sessions])
}

function pages(deployment: Deployment, paths: readonly string[]): string[] {
  const standard = `https://${of(deployment, site)[0]?.name}.${cloudOf(deployment)?.appHosts}`
  const hosts = [...new Set([String(deployment.outputs.PUBLIC_BASE_URL), standard])]
  return paths.flatMap((path) => hosts.map((host) => host + path))
}

/** The registration that signs people in; Entra would ask them a second time if the API did not know it. */
function preAuthorized(deployment: Deployment) {
  const known = 'properties.api.preAuthorizedApplications.*.appId'
  const signIn = reference('signInPrincipal', 'appId')
  return at(of(deployment, applications, api)[0], known).find((appId) => appId === signIn)
}

/** Users are not asked for what is pre-authorized: only scopes that a user may consent to. */
function userScopes(deployment: Deployment): string[] {
  const scopes = at(of(deployment, applications, api)[0], 'properties.api.oauth2PermissionScopes.*')
  return scopes.filter((it) => at(it, 'type')[0] === 'User').map((it) => String(at(it, 'id')[0]))
}
