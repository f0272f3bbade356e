/**
 * The admin consent endpoint: one page, whose answer applies to all users of the tenant. In the emulator, anyone who
 * presses the button counts as an administrator.
 */
import type { AppRegistration } from '../seed.ts'
import type { DirectoryState } from './directory-state.ts'
import { Refusal } from './errors.ts'
import { answerBrowser, answerOf, type FrontChannelRequest, redirect } from './return-address.ts'
import { isOidcScope, resolveScopes } from './scopes.ts'
import { adminConsentPage, type Wanted } from './sign-in-pages.ts'
import type { Tenant } from './tenant.ts'

/**
 * Shows the page, or applies the posted decision and redirects back.
 * https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
 */
export function answerAdminConsent(
  tenant: Tenant,
  request: FrontChannelRequest,
): Promise<Response> {
  return answerBrowser(tenant, request, (parameters, address) => {
    const { directory, tenantId } = tenant
    const { client } = address
    const scope = parameters.optional('scope')
    const wanted = wantedBy(directory, { client, scope })
    const decision = request.posted
      ? answerOf(parameters, { name: 'decision', among: ['accept', 'decline'] })
      : undefined
    if (decision === undefined) {
      const fields = parameters.entries().filter(([name]) => name !== 'decision')
      return adminConsentPage({ client, wanted, fields })
    }
    if (decision === 'decline') throw new Refusal(65004)
    for (const { resource, scopes } of wanted) {
      directory.addToGrant({
        client: client.clientId,
        resource: resource.clientId,
        scopes: scopes.map(({ value }) => value),
        user: 'everyone',
      })
    }
    const state = parameters.optional('state')
    return redirect(address, { admin_consent: 'True', tenant: tenantId, state, scope })
  })
}

/** Without a scope, or for `.default`: everything that the registration requires, of all resources. */
function wantedBy(
  directory: DirectoryState,
  { client, scope }: { client: AppRegistration; scope: string | undefined },
): Wanted[] {
  const asked =
    scope === undefined
      ? undefined
      : resolveScopes({ directory, client, scope, resource: undefined })
  const required =
    asked === undefined || asked.names === '.default'
      ? client.requires
      : [{ resource: asked.resource.clientId, scopes: asked.names }]
  return required.flatMap(({ resource: clientId, scopes }) => {
    const resource = directory.app(clientId)
    if (!resource) return []
    const known = resource.scopes.filter(
      ({ value }) => scopes.includes(value) && !isOidcScope(value),
    )
    return [{ resource, scopes: known }]
  })
}
