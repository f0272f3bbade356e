/** RFC 6749 §4.4: a token for the application itself. `scope` must be `<resource>/.default`. */
import { accessTokenLifetime, issueAccessToken } from '../access-token.ts'
import { parseClaimsRequest } from '../claims-request.ts'
import { servicePrincipalId } from '../directory-state.ts'
import { Refusal } from '../errors.ts'
import { resolveScopes } from '../scopes.ts'
import type { Tenant } from '../tenant.ts'
import { expiry, type TokenRequest, type TokenResponse } from '../token-response.ts'

/** @throws Refusal 7000218 of a public client, 1002012 for another scope */
export async function clientCredentials(
  tenant: Tenant,
  { parameters, client }: TokenRequest,
): Promise<TokenResponse> {
  const { app, proof } = client
  if (proof === '0') throw new Refusal(7000218)
  const scope = parameters.required('scope')
  if (!/^\S+\/\.default$/.test(scope)) throw new Refusal(1002012, { scope })
  const { resource, prefix } = resolveScopes({
    directory: tenant.directory,
    client: app,
    scope,
    resource: parameters.optional('resource'),
  })
  const { capabilities } = parseClaimsRequest(parameters.optional('claims'))
  // Continuous access evaluation applies to users only.
  const lifetime = accessTokenLifetime(tenant, { continuousAccess: false, capabilities })
  return {
    token_type: 'Bearer',
    ...expiry(tenant, lifetime),
    access_token: await issueAccessToken(tenant, {
      resource,
      prefix,
      client: { clientId: app.clientId, proof },
      subject: { application: servicePrincipalId(app.clientId) },
      capabilities,
      lifetime,
    }),
  }
}
