/** Compares the API's app registration with what the endpoints require. */
import { scopePrefix } from '../../shared/http/metadata.ts'
import { downstreamsOf, type EndpointDefinition } from '../../shared/mcp/define-endpoint.ts'
import type { Settings } from '../../shared/settings.ts'
import type { Check, Finding } from '../check.ts'
import { type Application, type Graph, graphOf, principalOf, registrationOf } from '../graph.ts'
import { scopesOf } from '../scopes.ts'

export const registrationCheck: Check = {
  name: 'registration',
  title: 'App registration of the API',
  async look(subject, say) {
    const { settings } = await subject.services()
    const read = await graphOf(subject)
    const app = await registrationOf(read, settings.clientId)
    if (!app) return [unknownApp(settings)]
    say(`${app.displayName}, ${settings.clientId}`)
    const { endpoints } = subject
    return [
      ...version(app),
      ...identifierUris(app, endpoints, settings),
      ...scopes(app, endpoints),
      ...roles(app, endpoints),
      ...claims(app, settings),
      ...redirect(app, settings),
      ...preAuthorized(app, endpoints, settings),
      ...(await permissions(app, endpoints, read)),
    ]
  },
}

/** How an app registration is changed, and by whom. */
const provision =
  'azd provision, or Microsoft Entra, App registrations, as its owner or Application Administrator'
const inRegistration = (seen: string, expected: string, how: string): Finding => ({
  ...{ seen, expected, who: 'administrator' },
  how: `${how} (${provision})`,
})

const unknownApp = ({ clientId, tenantId }: Settings): Finding => ({
  seen: `There is no app registration ${clientId} in tenant ${tenantId}`,
  expected: 'The API’s registration (ENTRA_CLIENT_ID)',
  who: 'operator',
  how: 'Correct ENTRA_CLIENT_ID or ENTRA_TENANT_ID; azd up creates the registration',
})

const version = ({ api }: Application): Finding[] =>
  api.requestedAccessTokenVersion === 2
    ? []
    : [
        inRegistration(
          `api.requestedAccessTokenVersion is ${api.requestedAccessTokenVersion ?? 'not set, which is 1'}`,
          '2: v1.0 tokens are refused',
          'Manifest: set api.requestedAccessTokenVersion to 2',
        ),
      ]

/** Entra compares them exactly with `resource` and the scopes' prefix (AADSTS9010010). */
function identifierUris(
  app: Application,
  endpoints: readonly EndpointDefinition[],
  settings: Settings,
) {
  const wanted = [...new Set(endpoints.map(({ name }) => scopePrefix(settings, name)))]
  return wanted
    .filter((uri) => !app.identifierUris.includes(uri))
    .map((uri) => {
      const near = app.identifierUris.find((it) => it.toLowerCase().replace(/\/$/, '') === uri)
      return inRegistration(
        near
          ? `Identifier URI ${near}`
          : `Identifier URIs: ${app.identifierUris.join(', ') || 'none'}`,
        `${uri}, exactly; without it sign-in fails with AADSTS9010010`,
        'Expose an API: add the identifier URI (a custom domain must be verified in Entra)',
      )
    })
}

function scopes({ api }: Application, endpoints: readonly EndpointDefinition[]): Finding[] {
  return scopesOf(endpoints).flatMap(({ value, consent }) => {
    const found = api.oauth2PermissionScopes.find((it) => it.value === value && it.isEnabled)
    const type = consent === 'user' ? 'User' : 'Admin'
    if (!found)
      return [
        inRegistration(
          `No enabled scope ${value}`,
          `Scope ${value}`,
          'Expose an API: add the scope, enabled',
        ),
      ]
    if (found.type === type) return []
    return [
      inRegistration(
        `Scope ${value} may be consented to by ${found.type === 'User' ? 'users' : 'administrators only'}`,
        type === 'User' ? 'By users' : 'By administrators only',
        `Expose an API: change who can consent to ${value}`,
      ),
    ]
  })
}

function roles({ appRoles }: Application, endpoints: readonly EndpointDefinition[]): Finding[] {
  const wanted = endpoints.flatMap(({ tools }) => tools.flatMap(({ access }) => access.roles))
  return [...new Set(wanted.map(({ value }) => value))]
    .filter((value) => !appRoles.some((role) => role.value === value && role.isEnabled))
    .map((value) =>
      inRegistration(
        `No enabled app role ${value}`,
        `App role ${value}`,
        'App roles: add it, enabled, for users',
      ),
    )
}

function claims({ optionalClaims }: Application, { guests }: Settings): Finding[] {
  const asked = optionalClaims?.accessToken.map(({ name }) => name) ?? []
  const wanted = [
    ['xms_cc', 'without it clients do not get claims challenges (Conditional Access)'],
    ['idtyp', 'it distinguishes an application’s token from a user’s'],
    ...(guests === 'refused'
      ? [['acct', 'without it every user is refused as a guest (ENTRA_GUESTS)']]
      : []),
  ]
  return wanted
    .filter(([name = '']) => !asked.includes(name))
    .map(([name, why]) =>
      inRegistration(
        `Access tokens lack the optional claim ${name}`,
        `${name}: ${why}`,
        'Token configuration: add the optional claim to access tokens',
      ),
    )
}

function redirect({ web }: Application, { publicBaseUrl }: Settings): Finding[] {
  const uri = `${publicBaseUrl}/consent/callback`
  if (web.redirectUris.includes(uri)) return []
  return [
    inRegistration(
      `Redirect URIs: ${web.redirectUris.join(', ') || 'none'}`,
      `${uri}, where Entra’s consent page returns; without it consent fails with AADSTS50011`,
      'Authentication, Web: add the redirect URI',
    ),
  ]
}

function preAuthorized(
  { api }: Application,
  endpoints: readonly EndpointDefinition[],
  settings: Settings,
) {
  const forAdministrators = scopesOf(endpoints)
    .filter(({ consent }) => consent === 'administrator')
    .map(({ value }) => value)
  const { allowedClients } = settings
  return api.preAuthorizedApplications.flatMap(({ appId, delegatedPermissionIds }): Finding[] => {
    const given = api.oauth2PermissionScopes
      .filter(
        ({ id, value }) => delegatedPermissionIds.includes(id) && forAdministrators.includes(value),
      )
      .map(({ value }) => value)
    return [
      ...(given.length === 0
        ? []
        : [
            inRegistration(
              `Client ${appId} is pre-authorized for ${given.join(', ')}`,
              'Pre-authorized only for scopes that users may consent to; an administrator decides about the others',
              'Expose an API: remove the scope from the authorized client application',
            ),
          ]),
      ...(allowedClients.size === 0 || allowedClients.has(appId) ? [] : [notAllowed(appId)]),
    ]
  })
}

const notAllowed = (appId: string): Finding => ({
  seen: `Client ${appId} is pre-authorized, and not in ENTRA_ALLOWED_CLIENTS`,
  expected: 'Both or neither: now its users can sign in, but are then refused (403)',
  who: 'operator',
  how: 'Add it to ENTRA_ALLOWED_CLIENTS (azd: ALLOWED_CLIENTS), or remove it from the authorized client applications',
})

/** requiredResourceAccess: the permissions that admin consent and `.default` cover. */
async function permissions(
  app: Application,
  endpoints: readonly EndpointDefinition[],
  read: Graph,
) {
  const wanted = downstreamsOf(endpoints).flatMap(({ name, definition: { appId, scope } }) =>
    appId === undefined ? [] : [{ name, appId, scope }],
  )
  const findings = wanted.map(async ({ name, appId, scope }): Promise<Finding[]> => {
    const resource = await principalOf(read, appId)
    const id = resource?.oauth2PermissionScopes.find(({ value }) => value === scope)?.id
    const required = app.requiredResourceAccess.find(({ resourceAppId }) => resourceAppId === appId)
    if (required?.resourceAccess.some((access) => access.id === id)) return []
    return [
      inRegistration(
        `The registration does not request ${scope} of ${name}`,
        'It requests that permission: tools call the API as the user, and admin consent covers only requested permissions',
        `API permissions: add the delegated permission ${scope} of ${name}`,
      ),
    ]
  })
  return (await Promise.all(findings)).flat()
}
