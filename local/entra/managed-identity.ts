/**
 * App Service's managed identity endpoint (api-version 2019-08-01): issues tokens of a user-assigned identity to
 * requests with this run's secret header. Serves the directory's resources and the audience of federated credentials.
 */
import type { AppRegistration } from '../seed.ts'
import { issueAccessToken } from './access-token.ts'
import type { Tenant } from './tenant.ts'

/** The token exchange application, the same in every tenant: requested by its URI, named in `aud` by its GUID. */
export const exchangeAudience = {
  uri: 'api://AzureADTokenExchange',
  clientId: 'fb60f99c-7a34-4190-8149-302f77469936',
}

const exchange: Pick<AppRegistration, 'clientId' | 'accessTokenVersion' | 'optionalClaims'> = {
  clientId: exchangeAudience.clientId,
  accessTokenVersion: 2,
  optionalClaims: [],
}

/** Seconds; the platform caches these tokens for up to a day. */
const lifetime = 24 * 60 * 60

/**
 * Answers 401 without the header, 400 for an unknown version, resource or identity.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export async function managedIdentityToken(
  tenant: Tenant,
  identityHeader: string,
  request: { header: string | undefined; query: URLSearchParams },
): Promise<Response> {
  const { header, query } = request
  if (header !== identityHeader) return refuse(401, 'The X-IDENTITY-HEADER is missing or wrong.')
  if (query.get('api-version') !== '2019-08-01') return refuse(400, 'Unsupported api-version.')

  const asked = query.get('resource')
  if (!asked) return refuse(400, "The parameter 'resource' is missing.")
  const resource = asked === exchangeAudience.uri ? exchange : tenant.directory.resource(asked)
  if (!resource)
    return refuse(400, `AADSTS500011: The resource principal named ${asked} was not found.`)

  const identity = tenant.directory.managedIdentity(query.get('client_id') ?? '')
  if (!identity) {
    return refuse(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId.',
    )
  }
  const { clientId, principalId } = identity
  const token = await issueAccessToken(tenant, {
    resource,
    prefix: asked,
    client: { clientId, proof: '2' },
    subject: { application: principalId },
    capabilities: [],
    lifetime,
  })
  return Response.json({
    access_token: token,
    expires_on: String(tenant.clock.seconds() + lifetime),
    resource: asked,
    token_type: 'Bearer',
    client_id: clientId,
  })
}

function refuse(statusCode: 400 | 401, message: string): Response {
  return Response.json({ statusCode, message }, { status: statusCode })
}
