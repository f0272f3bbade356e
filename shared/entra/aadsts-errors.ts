/**
 * Every Entra error (AADSTS number) that can reach this server, in a token exchange or when a person returns from
 * Entra's consent page: what it means, who can fix it, and what to tell them. aadsts-lookup.ts searches this table;
 * docs/refusals.md is generated from it.
 */
import type { FixedBy } from '../failure.ts'

/**
 * `consent`: the user can consent. `admin_consent`: only an administrator can. `sign_in`: a new sign-in is needed, with
 * the claims that Entra sent. `stale`: the session ended; any new sign-in fixes it. `client`: the registration or
 * credential of this server is wrong. `final`: a retry does not help.
 */
export type ErrorClass = 'consent' | 'admin_consent' | 'sign_in' | 'stale' | 'client' | 'final'

export type AadstsError = {
  class: ErrorClass
  fixedBy: FixedBy
  /** For the person at the client. */
  person: string
  /** For the reader of the log. */
  operator: string
}

const consent: AadstsError = {
  class: 'consent',
  fixedBy: 'user',
  person: 'You have not consented yet: this tool uses another API on your behalf.',
  operator: 'No delegated grant of this API for the downstream API covers the user and scope.',
}
const adminConsent: AadstsError = {
  class: 'admin_consent',
  fixedBy: 'administrator',
  person: 'Only an administrator of your organization can consent to this.',
  operator: 'Grant admin consent to this API (API permissions), or allow users to consent.',
}
const signInAgain = (person: string, operator: string): AadstsError => ({
  class: 'sign_in',
  fixedBy: 'user',
  person,
  operator,
})
const ended = (operator: string, person = 'Your sign-in has ended.'): AadstsError => ({
  class: 'stale',
  fixedBy: 'user',
  person,
  operator,
})
const blocked = (person: string, operator: string): AadstsError => ({
  class: 'final',
  fixedBy: 'administrator',
  person,
  operator,
})
const misconfigured = (operator: string): AadstsError => ({
  class: 'client',
  fixedBy: 'operator',
  person: 'This server is not set up correctly in Microsoft Entra.',
  operator,
})
const wrongCode: AadstsError = {
  class: 'final',
  fixedBy: 'user',
  person: 'This link belongs to another sign-in.',
  operator:
    'The authorization code does not match the verifier or the redirect URI of the consent.',
}
const wrongAssertion = (operator: string): AadstsError => ({
  class: 'final',
  fixedBy: 'developer',
  person: 'Microsoft Entra does not let this server act on your behalf with this sign-in.',
  operator,
})

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const aadstsErrors: ReadonlyMap<number, AadstsError> = new Map<number, AadstsError>([
  [65001, consent],
  [65004, { ...consent, person: 'You declined the consent that this tool needs.' }],
  [90094, adminConsent],
  [
    90095,
    {
      ...adminConsent,
      person: 'Your request for an administrator’s approval was sent.',
    },
  ],
  [90097, adminConsent],
  [50074, signInAgain('Your organization requires a second factor.', 'The user did not pass MFA.')],
  [
    50076,
    signInAgain(
      'Your organization requires a second factor.',
      'A Conditional Access policy requires MFA.',
    ),
  ],
  [
    50079,
    signInAgain('You have to register for a second factor.', 'The user has to register for MFA.'),
  ],
  [
    50072,
    signInAgain('You have to register for a second factor.', 'The user has to register for MFA.'),
  ],
  [
    500121,
    signInAgain('The second factor was denied or not confirmed.', 'MFA was denied or failed.'),
  ],
  [
    50097,
    signInAgain(
      'Your organization requires a registered device.',
      'A policy requires device authentication.',
    ),
  ],
  [
    50158,
    signInAgain(
      'Your organization requires an additional check.',
      'A policy requires an external control.',
    ),
  ],
  [50173, ended('The grant was revoked, or the password changed.')],
  [50055, ended('The password has expired.')],
  [50144, ended('The on-premises password has expired.')],
  [50132, ended('The session ended: the password expired or changed.')],
  [50133, ended('The session ended: the password expired or changed.')],
  [70043, ended('The session is older than Conditional Access allows (sign-in frequency).')],
  [70044, ended('The session is older than Conditional Access allows (sign-in frequency).')],
  [700082, ended('A refresh token expired because it was not used.')],
  [500133, ended('The assertion expired on its way to Entra.', 'Your access token has expired.')],
  [70000, wrongCode],
  [50148, wrongCode],
  [500112, wrongCode],
  [501481, wrongCode],
  [54005, signInAgain('This link was already used.', 'An authorization code was redeemed twice.')],
  [70008, signInAgain('This link has expired.', 'An authorization code expired.')],
  [
    53000,
    signInAgain(
      'Your device does not meet your organization’s requirements.',
      'A policy requires a compliant device.',
    ),
  ],
  [
    53001,
    signInAgain(
      'Your device is not joined to your organization.',
      'A policy requires a joined device.',
    ),
  ],
  [
    53002,
    blocked(
      'Your organization does not allow this application.',
      'A policy requires an approved app.',
    ),
  ],
  [
    53003,
    blocked('Your organization’s policies block this access.', 'Conditional Access blocks it.'),
  ],
  [
    50131,
    blocked(
      'Your organization’s policies block this access.',
      'Conditional Access blocks the device or location.',
    ),
  ],
  [
    53011,
    blocked('Your account was flagged as at risk.', 'The user is at risk in the home tenant.'),
  ],
  [
    53004,
    blocked(
      'Your account was flagged as at risk.',
      'The user is at risk and may not register for MFA.',
    ),
  ],
  [
    530032,
    blocked(
      'Your organization’s policies block this access.',
      'A security policy of the tenant blocks it.',
    ),
  ],
  [
    50105,
    blocked(
      'You are not assigned to this application.',
      'Assign the user or a group to the enterprise application.',
    ),
  ],
  [50057, blocked('Your account is disabled.', 'The account is disabled.')],
  [50034, blocked('Your account is not in this organization.', 'The tenant has no such user.')],
  [
    50053,
    blocked('Your account is locked.', 'Smart lockout, or sign-in from a malicious IP address.'),
  ],
  [
    50020,
    blocked(
      'Your account is not in this organization.',
      'The user is in another tenant: invite them as a guest.',
    ),
  ],
  [
    50196,
    {
      class: 'final',
      fixedBy: 'time',
      person: 'Microsoft Entra received the same request too often. Wait a few minutes.',
      operator: 'Entra detected a loop: the client repeats a request that Entra refuses.',
    },
  ],
  [
    50013,
    wrongAssertion(
      'The assertion has an invalid signature or claims. Right after a deployment: the federated credential has not reached all of Entra yet.',
    ),
  ],
  [500131, wrongAssertion('The audience of the assertion is not this app.')],
  [7000114, wrongAssertion('The assertion is an app-only token: there is no user to act for.')],
  [50027, wrongAssertion('The assertion is not a token that Entra can read.')],
  [7000215, misconfigured('The client secret is wrong.')],
  [7000222, misconfigured('The client secret has expired.')],
  [
    700027,
    misconfigured('The certificate is not in the app registration, or its signature is wrong.'),
  ],
  [
    700024,
    misconfigured(
      'The client assertion is expired or not yet valid: correct the clock of this server.',
    ),
  ],
  [
    700025,
    misconfigured('The app registration is a public client, which must not send a credential.'),
  ],
  [7000218, misconfigured('The request had no client credential.')],
  [7000112, misconfigured('The app registration is disabled.')],
  [65005, misconfigured('The app registration lists an API that does not exist in the tenant.')],
  [700016, misconfigured('ENTRA_CLIENT_ID is not in the tenant.')],
  [700038, misconfigured('ENTRA_CLIENT_ID is not an application.')],
  [700211, misconfigured('Federated credential: the issuer does not match.')],
  [700212, misconfigured('Federated credential: the audience does not match.')],
  [700213, misconfigured('Federated credential: the subject does not match.')],
  [7002138, misconfigured('Federated credential: the subject differs in case.')],
  [700214, misconfigured('Federated credential: the audience does not match.')],
  [500011, misconfigured('The downstream API has no service principal in the tenant.')],
  [650052, misconfigured('The organization has no subscription to the downstream API.')],
  [650053, misconfigured('The downstream API has no such scope.')],
  [650056, misconfigured('The app registration does not list the downstream permission.')],
  [650057, misconfigured('The app registration does not list the downstream API.')],
  [70011, misconfigured('The requested scope is not valid.')],
  [28000, misconfigured('The request asks for scopes of two APIs.')],
  [900144, misconfigured('The request to Entra lacks a parameter.')],
  [
    90009,
    misconfigured(
      'The client uses the client id of this API: give the client its own app registration.',
    ),
  ],
  [9010010, misconfigured('`resource` and scope name different identifier URIs.')],
  [90002, misconfigured('ENTRA_TENANT_ID is not a tenant of this authority.')],
  [50011, misconfigured('The redirect URI /consent/callback is not registered.')],
])

/** For numbers that are not in the table. */
export const byClass: Record<ErrorClass, AadstsError> = {
  consent,
  admin_consent: adminConsent,
  sign_in: signInAgain(
    'Your organization requires more at sign-in.',
    'Entra requires interaction.',
  ),
  stale: ended('The session behind the assertion has ended.'),
  client: misconfigured('Entra does not accept this server’s registration or credential.'),
  final: blocked('Microsoft Entra refused this.', 'An error that is not in the table.'),
}

/** Our own code, for a refusal by Azure's managed identity endpoint, before Entra is asked. */
export const identityRefused = 'managed_identity_refused'
export const byError: Readonly<Record<string, AadstsError>> = {
  [identityRefused]: misconfigured(
    'The identity in ENTRA_MANAGED_IDENTITY_CLIENT_ID is not assigned to this app: assign it (Identity, User assigned), or correct the setting.',
  ),
}
