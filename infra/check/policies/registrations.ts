/** The app registrations: tokens that the app accepts, scopes and roles that can be given, redirects that cannot be bent. */
import type { Deployment } from '../snapshot.ts'
import { at } from '../value.ts'
import { cloudOf } from './clouds.ts'
import {
  all,
  answered,
  applications,
  identity,
  of,
  type Policy,
  reference,
  rows,
  site,
} from './policy.ts'

const credentials = 'Microsoft.Graph/applications/federatedIdentityCredentials'
const principals = 'Microsoft.Graph/servicePrincipals'
const api = /^mcp-api-/
const clients = /^mcp-clients-/
const loopback = /^http:\/\/(localhost|127\.0\.0\.1)(\/[^*?#]*)?$/

export const registrations: readonly Policy[] = [
  ...rows(applications, all, [
    ['graph-version', 'apiVersion', 'v1.0'],
    ['single-tenant', 'properties.signInAudience', 'AzureADMyOrg'],
    ['secret-in-template', 'properties.passwordCredentials', undefined],
    ['secret-in-template', 'properties.keyCredentials', undefined],
    ['redirect-uri', 'properties.spa', undefined],
    // The app acts as a user, never by itself.
    ['delegated-only', 'properties.requiredResourceAccess.*.resourceAccess.*.type', 'Scope'],
    [
      'implicit-grant',
      'properties.web.implicitGrantSettings.enableAccessTokenIssuance',
      undefined,
      false,
    ],
  ]),
  ...rows(applications, api, [
    ['unique-name', 'properties.uniqueName', api],
    ['token-version', 'properties.api.requestedAccessTokenVersion', 2],
    ['redirect-uri', 'properties.web.redirectUris', ownPages],
    // No slash at the end, no wildcard; newer tenants refuse an api:// URI without the tenant's id.
    [
      'identifier-uri',
      'properties.identifierUris.*',
      /^(https:\/|api:\/\/[0-9a-f-]{36})\/[^*?#]+[^*?#/]$/,
    ],
    [
      'optional-claims',
      'properties.optionalClaims',
      { accessToken: [{ name: 'xms_cc' }, { name: 'idtyp' }] },
    ],
    // AADSTS90009.
    ['own-client', 'properties.publicClient', undefined],
    ['scope-enabled', 'properties.api.oauth2PermissionScopes.*.isEnabled', true],
    ['scope-enabled', 'properties.appRoles.*.isEnabled', true],
    ['scope-enabled', 'properties.appRoles.*.allowedMemberTypes', ['User']],
    [
      'pre-authorized',
      'properties.api.preAuthorizedApplications.*.delegatedPermissionIds',
      userScopes,
    ],
  ]),
  ...rows(applications, clients, [
    ['unique-name', 'properties.uniqueName', clients],
    ['redirect-uri', 'properties.publicClient.redirectUris.*', loopback],
    ['public-client', 'properties.web', undefined],
    ['public-client', 'properties.identifierUris', undefined],
  ]),
  ...rows(principals, /'api'/, [
    ['service-principal', 'properties.appId', reference('api', 'appId')],
  ]),
  ...rows(principals, /'client'/, [
    ['service-principal', 'properties.appId', reference('client', 'appId')],
  ]),
  ...rows(credentials, all, [
    ['federated-credential', 'name', /^mcp-api-[a-z0-9]+\/function-app$/],
    ['federated-credential', 'properties.subject', answered(identity, 'principalId')],
  ]),
]

/** Where consenting and signing in end: this deployment's hosts, and no other. */
function ownPages(deployment: Deployment): string[] {
  const standard = `https://${of(deployment, site)[0]?.name}.${cloudOf(deployment)?.appHosts}`
  const hosts = [...new Set([String(deployment.outputs.PUBLIC_BASE_URL), standard])]
  return ['/consent/callback', '/.auth/login/aad/callback'].flatMap((path) =>
    hosts.map((host) => host + path),
  )
}

/** Pre-authorized means that nobody is asked: only scopes that a user may consent to. */
function userScopes(deployment: Deployment): string[] {
  const scopes = at(of(deployment, applications, api)[0], 'properties.api.oauth2PermissionScopes.*')
  return scopes.filter((it) => at(it, 'type')[0] === 'User').map((it) => String(at(it, 'id')[0]))
}
