/** The app registrations: tokens that the app accepts, scopes and roles as permissions.json has them, redirects that cannot be bent. */
import * as z from 'zod'
import { type Deployed, identityPrincipalId } from '../deployment.ts'
import { at } from '../value.ts'
import { each, of, type Policy } from './policy.ts'

const applications = 'Microsoft.Graph/applications'
const credentials = 'Microsoft.Graph/applications/federatedIdentityCredentials'

/** Audience of a federated credential, by the cloud's sign-in host. */
const tokenExchange: Readonly<Record<string, string>> = {
  'login.microsoftonline.com': 'api://AzureADTokenExchange',
  'login.microsoftonline.us': 'api://AzureADTokenExchangeUSGov',
  'login.chinacloudapi.cn': 'api://AzureADTokenExchangeChina',
}

export const registrations: readonly Policy[] = [
  each(applications, 'token-version', 'requestedAccessTokenVersion has to be 2', ({ body }) =>
    body.identifierUris ? at(body, 'api.requestedAccessTokenVersion') === 2 : true,
  ),
  each(applications, 'single-tenant', 'signInAudience has to be AzureADMyOrg', ({ body }) =>
    is(body.signInAudience, 'AzureADMyOrg'),
  ),
  each(
    applications,
    'redirect-uri',
    'redirect URIs are https or loopback, without wildcard',
    (it) =>
      [...words(it, 'web.redirectUris'), ...words(it, 'spa.redirectUris')].every((uri) =>
        /^https:\/\/[^*?#]+$/.test(uri),
      ) &&
      words(it, 'publicClient.redirectUris').every((uri) =>
        /^http:\/\/(localhost|127\.0\.0\.1)(\/[^*?#]*)?$/.test(uri),
      ),
  ),
  each(
    applications,
    'redirect-uri',
    'has to take people back from consenting and signing in',
    (it) => {
      const back = words(it, 'web.redirectUris')
      return (
        !isApi(it) ||
        ['/consent/callback', '/.auth/login/aad/callback'].every((path) =>
          back.some((uri) => uri.endsWith(path)),
        )
      )
    },
  ),
  each(
    applications,
    'identifier-uri',
    'identifier URIs have no slash at the end and no wildcard',
    (it) =>
      words(it, 'identifierUris').every((uri) => /^(api|https):\/\/[^*?#]+[^*?#/]$/.test(uri)),
  ),
  each(applications, 'identifier-uri', 'an api:// URI holds the tenant’s id', (it) =>
    words(it, 'identifierUris').every(
      (uri) => !uri.startsWith('api:') || /^api:\/\/[0-9a-f-]{36}\/./.test(uri),
    ),
  ),
  each(
    applications,
    'implicit-grant',
    'may not issue access tokens from the front channel',
    (it) => at(it.body, 'web.implicitGrantSettings.enableAccessTokenIssuance') !== true,
  ),
  each(
    applications,
    'optional-claims',
    'the API asks for xms_cc and idtyp',
    (it) => !isApi(it) || is(claimsOf(it), ['xms_cc', 'idtyp']),
  ),
  each(
    applications,
    'own-client',
    'an API is no client of its own (AADSTS90009)',
    (it) => !isApi(it) || it.body.publicClient === undefined,
  ),
  each(
    applications,
    'secret-in-template',
    'has no credential but a federated one',
    ({ body }) => body.passwordCredentials === undefined && body.keyCredentials === undefined,
  ),
  each(
    applications,
    'kept-redirects',
    'leaves `web` alone: what clients were connected with',
    (it) => isApi(it) || it.body.web === undefined,
  ),
  each(
    applications,
    'pre-authorized',
    'nobody is pre-authorised for an administrator’s scope',
    (it) => {
      const administrators = scopesOf(it)
        .filter(({ type }) => type !== 'User')
        .map(({ id }) => id)
      return !grantedOf(it).some((id) => administrators.includes(id))
    },
  ),
  each(
    credentials,
    'federated-credential',
    'is the identity’s, for this tenant and cloud',
    (it, deployment) => {
      const issuer = /^https:\/\/([^/]+)\/[0-9a-f-]{36}\/v2\.0$/.exec(String(it.body.issuer))
      const [api] = of(deployment, applications).filter(isApi)
      return (
        it.body.subject === identityPrincipalId &&
        is(it.body.audiences, [tokenExchange[issuer?.[1] ?? '']]) &&
        it.name.startsWith(`${api?.name}/`)
      )
    },
  ),
  {
    rule: 'service-principal',
    broken: (deployment) => {
      const principals = of(deployment, 'Microsoft.Graph/servicePrincipals').map(({ file }) => file)
      return of(deployment, applications)
        .filter(({ file }) => !principals.includes(file))
        .map(({ file, line }) => ({ file, line, message: 'nobody can sign in to it' }))
    },
  },
]

/** What clients get tokens for has scopes. */
const isApi = ({ body }: Deployed): boolean => body.identifierUris !== undefined

/** What is of another shape is none: that its type is wrong has been said. */
const listAt = <Item>({ body }: Deployed, path: string, item: z.ZodType<Item>): Item[] =>
  z.array(item).catch([]).parse(at(body, path))
const words = (it: Deployed, path: string) => listAt(it, path, z.string())
const scopesOf = (it: Deployed) =>
  listAt(it, 'api.oauth2PermissionScopes', z.object({ id: z.string(), type: z.string() }))
const grantedOf = (it: Deployed) => {
  const client = z.object({ delegatedPermissionIds: z.array(z.string()) })
  return listAt(it, 'api.preAuthorizedApplications', client).flatMap(
    ({ delegatedPermissionIds }) => delegatedPermissionIds,
  )
}
const claimsOf = (it: Deployed) =>
  listAt(it, 'optionalClaims.accessToken', z.object({ name: z.string() })).map(({ name }) => name)
const is = (value: unknown, expected: unknown) => JSON.stringify(value) === JSON.stringify(expected)
