/**
 * Refusals are thrown by the checks and written by ARM and Graph, each in its own error body. This module has the class,
 * ARM's body, and the refusals that several ARM operations share.
 */

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: string
  readonly headers: Record<string, string>

  constructor(options: {
    status: number
    code: string
    message: string
    headers?: Record<string, string>
  }) {
    super(options.message)
    this.status = options.status
    this.code = options.code
    this.headers = options.headers ?? {}
  }
}

/** ARM's common error body (Azure Resource Manager RPC, "Error response content"). */
export const armError = ({ status, code, message, headers }: Refusal) =>
  Response.json({ error: { code, message } }, { status, headers })

/** 400 of ARM and Graph alike. */
export const badRequest = (message: string) =>
  new Refusal({ status: 400, code: 'BadRequest', message })

/** 403 of ARM for a user without the role (Azure RBAC, "Troubleshoot Azure RBAC"). */
export const authorizationFailed = (denied: {
  upn: string
  oid: string
  action: string
  scope: string
}) =>
  new Refusal({
    status: 403,
    code: 'AuthorizationFailed',
    message: `The client '${denied.upn}' with object id '${denied.oid}' does not have authorization to perform action '${denied.action}' over scope '${denied.scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  })

/** Cost Management's own refusal, after ARM has let the user through: a 401 that a new token does not fix. */
export const rbacAccessDenied = (requestId: string) =>
  new Refusal({
    status: 401,
    code: 'RBACAccessDenied',
    message: `The client does not have authorization to perform action. Request ID: ${requestId}`,
  })

/**
 * 401 of continuous access evaluation. @param claims JSON for the `claims` parameter of the next token request
 * https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export const claimsChallenge = (claims: string) =>
  new Refusal({
    status: 401,
    code: 'InvalidAuthenticationToken',
    message:
      'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    headers: {
      'WWW-Authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`,
    },
  })

export const subscriptionNotFound = (id: string) =>
  new Refusal({
    status: 404,
    code: 'SubscriptionNotFound',
    message: `The subscription '${id}' could not be found.`,
  })

export const resourceGroupNotFound = (name: string) =>
  new Refusal({
    status: 404,
    code: 'ResourceGroupNotFound',
    message: `Resource group '${name}' could not be found.`,
  })

/** 400 of a provider that does not have this api-version; names those it has. */
export const invalidApiVersion = (supported: readonly string[]) => (apiVersion: string) =>
  new Refusal({
    status: 400,
    code: 'InvalidApiVersionParameter',
    message: `The api-version '${apiVersion}' is invalid. The supported versions are '${supported.join(',')}'.`,
  })

/** 404 of a provider that lacks this type in this version, or on this kind of scope. */
export const invalidResourceType = (type: string, apiVersion: string) =>
  new Refusal({
    status: 404,
    code: 'InvalidResourceType',
    message: `The resource type '${type}' could not be found in the namespace 'Microsoft.CostManagement' for api version '${apiVersion}'.`,
  })
