/**
 * A refusal, thrown where it is found and written where the request came in: each surface has a body of its own. Here
 * are the class, ARM's body and the refusals that more than one ARM operation gives.
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

export const badRequest = (message: string) =>
  new Refusal({ status: 400, code: 'BadRequest', message })

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

/** What Cost Management itself answers when ARM let the user through; a 401 that no new token mends. */
export const rbacAccessDenied = (requestId: string) =>
  new Refusal({
    status: 401,
    code: 'RBACAccessDenied',
    message: `The client does not have authorization to perform action. Request ID: ${requestId}`,
  })

/** Continuous access evaluation: `claims` is the JSON to take to Entra. */
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

/** A provider that does not know this type at this version, or not at this kind of scope. */
export const invalidResourceType = (type: string, apiVersion: string) =>
  new Refusal({
    status: 404,
    code: 'InvalidResourceType',
    message: `The resource type '${type}' could not be found in the namespace 'Microsoft.CostManagement' for api version '${apiVersion}'.`,
  })
