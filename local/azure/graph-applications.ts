/** App registrations and their federated credentials (Microsoft Graph, "application resource type"). */
import { X509Certificate } from 'node:crypto'
import type { EntraAdmin, EntraDirectory } from './entra-admin.ts'
import type { GraphOperation } from './graph.ts'
import { guid, holdsOneOf } from './graph-consents.ts'
import { graphNotFound } from './graph-errors.ts'
import { lister } from './odata.ts'
import type { Paged } from './paging.ts'
import type { Settings } from './settings.ts'

/** For an application with Application.Read.All, or an administrator's own sign-in. */
export function applicationOperations(options: {
  directory: EntraAdmin['directory']
  paged: Paged
  settings: () => Settings
}): GraphOperation[] {
  const { directory, paged, settings } = options
  const allows = holdsOneOf('Application.Read.All', 'Directory.Read.All')
  const list = lister({ paged, settings })

  return [
    {
      at: 'applications',
      method: 'GET',
      path: /^\/v1\.0\/applications$/,
      allows,
      run: async (call) => list(call, (await directory()).apps.map(application), 'application'),
    },
    {
      at: 'applications',
      method: 'GET',
      path: /^\/v1\.0\/applications\/(?<id>[^/]+)\/federatedIdentityCredentials$/,
      allows,
      async run(call) {
        const { id = '' } = call.params
        const app = (await directory()).apps.find(({ clientId }) => objectId(clientId) === id)
        if (app === undefined) {
          throw graphNotFound('Request_ResourceNotFound', `Resource '${id}' does not exist.`)
        }
        return list(call, app.federatedCredentials.map(credential), 'federatedIdentityCredential')
      },
    },
  ]
}

const inTwoYears = () => new Date(Date.now() + 2 * 365 * 24 * 60 * 60_000).toISOString()

type App = EntraDirectory['apps'][number]

const objectId = (clientId: string) => guid(clientId, 'application')
const scopeId = (clientId: string, value: string) => guid(clientId, 'scope', value)

const application = (app: App) => ({
  id: objectId(app.clientId),
  appId: app.clientId,
  displayName: app.name,
  signInAudience: 'AzureADMyOrg',
  identifierUris: app.identifierUris,
  api: {
    requestedAccessTokenVersion: app.accessTokenVersion,
    oauth2PermissionScopes: app.scopes.map(({ value, adminOnly }) => ({
      id: scopeId(app.clientId, value),
      value,
      type: adminOnly ? 'Admin' : 'User',
      isEnabled: true,
    })),
    preAuthorizedApplications: app.preAuthorized.map(({ clientId, scopes }) => ({
      appId: clientId,
      delegatedPermissionIds: scopes.map((value) => scopeId(app.clientId, value)),
    })),
  },
  appRoles: app.appRoles.map((value) => ({
    id: guid(app.clientId, 'role', value),
    value,
    isEnabled: true,
    allowedMemberTypes: ['User', 'Application'],
  })),
  optionalClaims: {
    idToken: [],
    accessToken: app.optionalClaims.map((name) => ({ name, essential: false })),
    saml2Token: [],
  },
  requiredResourceAccess: app.requires.map(({ resource, scopes }) => ({
    resourceAppId: resource,
    resourceAccess: scopes.map((value) => ({ id: scopeId(resource, value), type: 'Scope' })),
  })),
  passwordCredentials: Array.from({ length: app.secretCount }, (_, index) => ({
    keyId: guid(app.clientId, 'secret', String(index)),
    displayName: null,
    endDateTime: app.secretsEnd ?? inTwoYears(),
    secretText: null,
  })),
  keyCredentials: app.certificates.map((pem) => ({
    keyId: guid(app.clientId, pem),
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    endDateTime: new Date(new X509Certificate(pem).validTo).toISOString(),
  })),
  web: { redirectUris: app.publicClient ? [] : app.redirectUris },
  publicClient: { redirectUris: app.publicClient ? app.redirectUris : [] },
})

const credential = ({ issuer, subject, audience }: App['federatedCredentials'][number]) => ({
  id: guid(issuer, subject, audience),
  name: 'federated',
  issuer,
  subject,
  audiences: [audience],
})
