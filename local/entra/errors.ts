/**
 * Every refusal of the emulator, as data: the AADSTS number and Entra's sentence, by the OAuth `error` that carries
 * them. The endpoints write them (JSON, redirect, page).
 */

/** From Azure/azure-workload-identity#1200, which quotes AADSTS700213; the others of this kind were not captured. */
const checkCredential =
  'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation'

const sentences = {
  invalid_request: {
    28000:
      'Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {scope} is not valid.',
    50011:
      "The redirect URI '{redirectUri}' specified in the request does not match the redirect URIs configured for the application '{client}'.",
    50027: 'JWT token is invalid or malformed.',
    50149: 'Invalid Code_Challenge_method parameter.',
    70007: "'{mode}' is not a supported value of 'response_mode' when requesting a token.",
    90002:
      "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    90009:
      "Application '{client}'({name}) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.",
    90023: "Unsupported 'prompt' value.",
    501491: 'Invalid size of Code_Challenge parameter.',
    900144: "The request body must contain the following parameter: '{parameter}'.",
    900561: 'The endpoint only accepts POST requests. Received a {method} request.',
    900971: 'No reply address provided.',
    9000411: "The request is not properly formatted. The parameter '{parameter}' is duplicated.",
    9002313: 'Invalid request. Request is malformed or invalid.',
    9002325: 'Proof Key for Code Exchange is required for public clients.',
  },
  invalid_client: {
    650053:
      "The application '{name}' asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor.",
    700021: "Client assertion application identifier doesn't match 'client_id' parameter.",
    700023: 'Client assertion audience claim does not match Realm issuer.',
    700024:
      'Client assertion is not within its valid time range. Current time: {now}, assertion valid from {notBefore}, expiry time of assertion {expiry}.',
    700025:
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    700027:
      'The certificate with identifier used to sign the client assertion is not registered on application, or the signature is not valid. [Reason - {reason}]',
    700211: `No matching federated identity record found for presented assertion issuer '{issuer}'. ${checkCredential}`,
    700212: `No matching federated identity record found for presented assertion audience '{audience}'. ${checkCredential}`,
    700213: `No matching federated identity record found for presented assertion subject '{subject}'. ${checkCredential}`,
    // Entra's own words were not captured.
    700214: "The federated identity credential's audience must be '{audience}'.",
    7000215:
      "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'.",
    7000218:
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    // As quoted in dotnet/sign#849.
    7000222:
      "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
    7002138:
      "No matching federated identity record found for presented assertion subject '{subject}': the comparison is case sensitive.",
  },
  invalid_grant: {
    50013: 'Assertion failed signature validation. [Reason - {reason}]',
    50034: "The user account {user} does not exist in the '{tenant}' directory.",
    50057: 'The user account is disabled.',
    50076:
      'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
    50148:
      'The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.',
    50173:
      "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{issued}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{validFrom}'.",
    53003:
      'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    54005:
      'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    65001:
      "The user or administrator has not consented to use the application with ID '{client}' named '{name}'. Send an interactive authorization request for this user and resource.",
    70000: 'Provided grant is invalid or malformed, or was issued to another client.',
    70008:
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    500112:
      'The redirect URI differs from the one provided when requesting the authorization code.',
    500131:
      "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '{audience}' and the expected audience is '{expected}' or one of the Application Uris of this application with App ID '{client}'({name}).",
    500133:
      'Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: {now}, expiry time of assertion {expiry}.',
    501481:
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    700082:
      'The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00.',
  },
  unauthorized_client: {
    700016:
      "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
    7000114: "Application '{client}' is not allowed to make application on-behalf-of calls.",
  },
  unsupported_grant_type: {
    70003: "The app requested an unsupported grant type '{grantType}'.",
  },
  unsupported_response_type: {
    700051: "response_type '{responseType}' is not enabled for the application.",
  },
  invalid_scope: {
    70011:
      "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
    1002012:
      'The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  },
  invalid_resource: {
    500011:
      'The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.',
  },
  invalid_target: {
    9010010:
      "The resource parameter provided in the request doesn't match with the requested scopes.",
  },
  login_required: {
    50058: 'A silent sign-in request was sent but no user is signed in.',
  },
  interaction_required: {
    53000:
      'Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.',
  },
  consent_required: {
    90094:
      '{name} needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it.',
  },
  access_denied: {
    65004: 'User declined to consent to access the app.',
    500121: 'Authentication failed during strong authentication request.',
  },
  temporarily_unavailable: {
    90033: 'A transient error has occurred. Please try again.',
    90055: 'The request was throttled: there are too many incoming requests.',
  },
} as const satisfies Record<string, Record<number, string>>

const suberrors: Partial<Record<AadstsCode, string>> = {
  50076: 'basic_action',
  50173: 'bad_token',
  53000: 'additional_action',
  53003: 'message_only',
  65001: 'consent_required',
  700082: 'bad_token',
}

/** The authorization endpoint's redirect carries these under another `error`. */
const authorizeErrors: Partial<Record<AadstsCode, string>> = {
  50034: 'access_denied',
  50057: 'access_denied',
  50076: 'interaction_required',
  53000: 'access_denied',
  53003: 'access_denied',
  65001: 'consent_required',
}

type Sentences = typeof sentences
export type AadstsCode = { [E in keyof Sentences]: keyof Sentences[E] }[keyof Sentences]

const rows = new Map(
  Object.entries(sentences).flatMap(([error, group]) =>
    Object.entries(group).map(([code, sentence]) => [Number(code), { error, sentence }] as const),
  ),
)

/** A request that Entra refuses. `details` fill the sentence's blanks and never hold a credential. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: AadstsCode
  /** OAuth `error` at the token endpoint. */
  readonly error: string
  /** OAuth `error` at the authorization endpoint. */
  readonly authorizeError: string
  readonly suberror: string | undefined
  /** JSON for the `claims` parameter of the next sign-in, which would fix it. */
  readonly claims: string | undefined

  /** @param options.error replaces the code's usual `error` at the token endpoint */
  constructor(
    code: AadstsCode,
    details: Record<string, string> = {},
    options: { claims?: string; error?: string } = {},
  ) {
    const { error, sentence } = rows.get(code) ?? { error: 'server_error', sentence: '' }
    const filled = sentence.replaceAll(/\{(\w+)\}/g, (blank, name) => details[name] ?? blank)
    super(`AADSTS${code}: ${filled}`)
    this.code = code
    this.error = options.error ?? error
    this.authorizeError = authorizeErrors[code] ?? error
    this.suberror = suberrors[code]
    this.claims = options.claims
  }
}
