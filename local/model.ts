/** The types of the local stack's data: a tenant and its Azure subscriptions. seed.ts has the data. */

export type User = {
  /** Object id, a GUID. */
  oid: string
  upn: string
  name: string
  enabled: boolean
  /** May consent for themselves, if the tenant allows user consent. */
  mayConsent: boolean
}

export type Scope = {
  /** Short name, as in `scp`. */
  value: string
  description: string
  /** Only an administrator may consent to it. */
  adminOnly: boolean
}

export type AppRegistration = {
  /** Application id, a GUID. */
  clientId: string
  name: string
  /** The app's RFC 8707 `resource` values and scope prefixes; none for a client. */
  identifierUris: string[]
  /** `api.requestedAccessTokenVersion`: version of the access tokens issued for this app. */
  accessTokenVersion: 1 | 2
  scopes: Scope[]
  appRoles: string[]
  /** `requiredResourceAccess`: the scopes of `.default` and of admin consent. */
  requires: { resource: string; scopes: string[] }[]
  /** Supports continuous access evaluation: its tokens for `cp1` clients live about a day. */
  continuousAccess: boolean
  /** `api.preAuthorizedApplications`: clients, and this app's scopes that need no consent for them. */
  preAuthorized: { clientId: string; scopes: string[] }[]
  /** Optional claims of its access tokens. */
  optionalClaims: ('xms_cc' | 'idtyp' | 'acct')[]
  /** Public clients use PKCE alone and may not send a secret (AADSTS700025). */
  publicClient: boolean
  /** Loopback URIs match with any port (RFC 8252 §7.3), but an exact path. */
  redirectUris: string[]
  secrets: string[]
  /** ISO 8601: expiry of all secrets; in two years unless given. */
  secretsEnd?: string
  /** PEM certificates whose key may sign client assertions. */
  certificates: string[]
  federatedCredentials: { issuer: string; subject: string; audience: string }[]
  /**
   * URL of the client id metadata document, which the client sends as its client id. Entra fetches it and registers the
   * client as an agent identity (a preview); here a script registers its contents, since nothing leaves this machine.
   */
  documentUrl?: string
}

/** Delegated consent: `client` may act for `user` (or for everyone) on `resource` with these scopes. */
export type Grant = {
  client: string
  resource: string
  scopes: string[]
  user: string | 'everyone'
}

/** `user` holds app role `role` of `resource`. */
export type RoleAssignment = { user: string; resource: string; role: string }

/** An application itself, `client`, holds app role `role` of `resource`. */
export type ApplicationRole = { client: string; resource: string; role: string }

/** What Conditional Access may demand of a sign-in. The emulator has no compliant devices. */
export type Requirement = 'mfa' | 'compliant_device' | 'block'

/** Conditional Access: what `users` must prove to get a token for `resource`. */
export type Policy = {
  /** A GUID; named in claims challenges (`capolids`). */
  id: string
  resource: string
  users: 'everyone' | string[]
  require: Requirement
}

/** An authentication context, which a resource requests by `acrs`, and its requirement. */
export type AuthenticationContext = {
  /** `c1` to `c99`. */
  id: string
  name: string
  require: Requirement
}

export type ManagedIdentity = { clientId: string; principalId: string }

/** The tenant's directory. Users are referred to by `oid`, clients and resources by `clientId`. */
export type Directory = {
  tenantId: string
  users: User[]
  apps: AppRegistration[]
  grants: Grant[]
  roleAssignments: RoleAssignment[]
  applicationRoles: ApplicationRole[]
  policies: Policy[]
  authenticationContexts: AuthenticationContext[]
  /** Whether users may consent to scopes that need no administrator. */
  userConsent: boolean
  managedIdentities: ManagedIdentity[]
}

export type Subscription = {
  id: string
  name: string
  /** ISO 4217. */
  currency: string
  /** `oid`s of the users with the role Cost Management Reader on it. */
  readers: string[]
}
