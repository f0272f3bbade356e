/**
 * What the local stack's data are made of: a tenant as its emulators know it, and what there is in Azure. Which of them
 * exist is for seed.ts to say.
 */

export type User = {
  /** Object id, a GUID. */
  oid: string
  upn: string
  name: string
  enabled: boolean
  /** May consent for themselves, where the tenant lets its users consent at all. */
  mayConsent: boolean
}

export type Scope = {
  /** Short name, as it stands in `scp`. */
  value: string
  description: string
  /** Only an administrator may consent to it. */
  adminOnly: boolean
}

export type AppRegistration = {
  /** Application id, a GUID. */
  clientId: string
  name: string
  /** RFC 8707 `resource` values and scope prefixes this app answers to; none for a mere client. */
  identifierUris: string[]
  /** `api.requestedAccessTokenVersion`: the form of access tokens issued FOR this app. */
  accessTokenVersion: 1 | 2
  scopes: Scope[]
  appRoles: string[]
  /** `requiredResourceAccess`: what `.default` and an administrator's consent stand for. */
  requires: { resource: string; scopes: string[] }[]
  /** Learns of revocations at once (continuous access evaluation): its tokens for `cp1` clients live about a day. */
  continuousAccess: boolean
  /** Client ids (`api.preAuthorizedApplications`), and scopes of this app that their users are not asked to consent to. */
  preAuthorized: { clientId: string; scopes: string[] }[]
  /** Optional access-token claims that it asks for. */
  optionalClaims: ('xms_cc' | 'idtyp' | 'acct')[]
  /** Public clients prove themselves by PKCE alone and may not send a secret (AADSTS700025). */
  publicClient: boolean
  /** Loopback URIs match on any port (RFC 8252 §7.3); the path exactly. */
  redirectUris: string[]
  secrets: string[]
  /** ISO 8601: when all of them end; in two years unless given. */
  secretsEnd?: string
  /** PEM certificates whose key may sign client assertions. */
  certificates: string[]
  federatedCredentials: { issuer: string; subject: string; audience: string }[]
  /**
   * Client id metadata document, https: the client id that the client itself uses. Entra reads it and keeps the client
   * as an agent identity (a preview); here a script says what it read, since nothing leaves this machine.
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

/** What Conditional Access may demand of a sign-in. No browser here counts as a compliant device. */
export type Requirement = 'mfa' | 'compliant_device' | 'block'

/** Conditional Access: what `users` have to prove before a token for `resource` is issued. */
export type Policy = {
  /** A GUID; what a claims challenge names (`capolids`). */
  id: string
  resource: string
  users: 'everyone' | string[]
  require: Requirement
}

/** What a resource may ask for by `acrs`, and what that takes. */
export type AuthenticationContext = {
  /** `c1` to `c25`. */
  id: string
  name: string
  require: Requirement
}

export type ManagedIdentity = { clientId: string; principalId: string }

/** What exists in Entra. Users, clients and resources are named by `oid` and `clientId`. */
export type Directory = {
  tenantId: string
  users: User[]
  apps: AppRegistration[]
  grants: Grant[]
  roleAssignments: RoleAssignment[]
  applicationRoles: ApplicationRole[]
  policies: Policy[]
  authenticationContexts: AuthenticationContext[]
  /** Users may consent to what needs no administrator. */
  userConsent: boolean
  managedIdentities: ManagedIdentity[]
}

export type Subscription = {
  id: string
  name: string
  /** ISO 4217. */
  currency: string
  /** `oid`s of those who hold Cost Management Reader on it. */
  readers: string[]
}
