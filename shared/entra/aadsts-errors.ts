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

type Said = Omit<AadstsError, 'operator'>

const consent = (
  person = 'You have not consented yet: this tool uses another API on your behalf.',
): Said => ({ class: 'consent', fixedBy: 'user', person })
const adminConsent = (
  person = 'Only an administrator of your organization can consent to this.',
): Said => ({ class: 'admin_consent', fixedBy: 'administrator', person })
const signInAgain = (person: string): Said => ({ class: 'sign_in', fixedBy: 'user', person })
const ended = (person = 'Your sign-in has ended.'): Said => ({
  class: 'stale',
  fixedBy: 'user',
  person,
})
const blocked = (person: string): Said => ({ class: 'final', fixedBy: 'administrator', person })
const misconfigured: Said = {
  class: 'client',
  fixedBy: 'operator',
  person: 'This server is not set up correctly in Microsoft Entra.',
}

const numbers = (said: Said, operators: Readonly<Record<number, string>>) =>
  Object.entries(operators).map(([number, operator]): [number, AadstsError] => [
    Number(number),
    { ...said, operator },
  ])

const noGrant = 'No delegated grant of this API for the downstream API covers the user and scope.'
const grantNeeded = 'Grant admin consent to this API (API permissions), or allow users to consent.'
const mfaRegistration = 'The user has to register for MFA.'
const passwordChanged = 'The session ended: the password expired or changed.'
const sessionTooOld = 'The session is older than Conditional Access allows (sign-in frequency).'
const wrongCode =
  'The authorization code does not match the verifier or the redirect URI of the consent.'
const wrongAudience = 'Federated credential: the audience does not match.'

/**
 * By number: what the person is told, and what the operator is told.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export const aadstsErrors: ReadonlyMap<number, AadstsError> = new Map([
  ...numbers(consent(), { 65001: noGrant }),
  ...numbers(consent('You declined the consent that this tool needs.'), { 65004: noGrant }),
  ...numbers(adminConsent(), { 90094: grantNeeded, 90097: grantNeeded }),
  ...numbers(adminConsent('Your request for an administrator’s approval was sent.'), {
    90095: grantNeeded,
  }),
  ...numbers(signInAgain('Your organization requires a second factor.'), {
    50074: 'The user did not pass MFA.',
    50076: 'A Conditional Access policy requires MFA.',
  }),
  ...numbers(signInAgain('You have to register for a second factor.'), {
    50072: mfaRegistration,
    50079: mfaRegistration,
  }),
  ...numbers(signInAgain('The second factor was denied or not confirmed.'), {
    500121: 'MFA was denied or failed.',
  }),
  ...numbers(signInAgain('Your organization requires a registered device.'), {
    50097: 'A policy requires device authentication.',
  }),
  ...numbers(signInAgain('Your organization requires an additional check.'), {
    50158: 'A policy requires an external control.',
  }),
  ...numbers(ended(), {
    50055: 'The password has expired.',
    50132: passwordChanged,
    50133: passwordChanged,
    50144: 'The on-premises password has expired.',
    50173: 'The grant was revoked, or the password changed.',
    70043: sessionTooOld,
    70044: sessionTooOld,
    700082: 'A refresh token expired because it was not used.',
  }),
  ...numbers(ended('Your access token has expired.'), {
    500133: 'The assertion expired on its way to Entra.',
  }),
  ...numbers(
    { class: 'final', fixedBy: 'user', person: 'This link belongs to another sign-in.' },
    { 50148: wrongCode, 70000: wrongCode, 500112: wrongCode, 501481: wrongCode },
  ),
  ...numbers(signInAgain('This link was already used.'), {
    54005: 'An authorization code was redeemed twice.',
  }),
  ...numbers(signInAgain('This link has expired.'), { 70008: 'An authorization code expired.' }),
  ...numbers(signInAgain('Your device does not meet your organization’s requirements.'), {
    53000: 'A policy requires a compliant device.',
  }),
  ...numbers(signInAgain('Your device is not joined to your organization.'), {
    53001: 'A policy requires a joined device.',
  }),
  ...numbers(blocked('Your organization does not allow this application.'), {
    53002: 'A policy requires an approved app.',
  }),
  ...numbers(blocked('Your organization’s policies block this access.'), {
    50131: 'Conditional Access blocks the device or location.',
    53003: 'Conditional Access blocks it.',
    530032: 'A security policy of the tenant blocks it.',
  }),
  ...numbers(blocked('Your account was flagged as at risk.'), {
    53004: 'The user is at risk and may not register for MFA.',
    53011: 'The user is at risk in the home tenant.',
  }),
  ...numbers(blocked('You are not assigned to this application.'), {
    50105: 'Assign the user or a group to the enterprise application.',
  }),
  ...numbers(blocked('Your account is disabled.'), { 50057: 'The account is disabled.' }),
  ...numbers(blocked('Your account is not in this organization.'), {
    50020: 'The user is in another tenant: invite them as a guest.',
    50034: 'The tenant has no such user.',
  }),
  ...numbers(blocked('Your account is locked.'), {
    50053: 'Smart lockout, or sign-in from a malicious IP address.',
  }),
  ...numbers(
    {
      class: 'final',
      fixedBy: 'time',
      person: 'Microsoft Entra received the same request too often. Wait a few minutes.',
    },
    { 50196: 'Entra detected a loop: the client repeats a request that Entra refuses.' },
  ),
  ...numbers(
    {
      class: 'final',
      fixedBy: 'developer',
      person: 'Microsoft Entra does not let this server act on your behalf with this sign-in.',
    },
    {
      50013:
        'The assertion has an invalid signature or claims. Right after a deployment: the federated credential has not reached all of Entra yet.',
      50027: 'The assertion is not a token that Entra can read.',
      500131: 'The audience of the assertion is not this app.',
      7000114: 'The assertion is an app-only token: there is no user to act for.',
    },
  ),
  ...numbers(misconfigured, {
    28000: 'The request asks for scopes of two APIs.',
    50011: 'The redirect URI /consent/callback is not registered.',
    65005: 'The app registration lists an API that does not exist in the tenant.',
    70011: 'The requested scope is not valid.',
    90002: 'ENTRA_TENANT_ID is not a tenant of this authority.',
    90009: 'The client uses the client id of this API: give the client its own app registration.',
    500011: 'The downstream API has no service principal in the tenant.',
    650052: 'The organization has no subscription to the downstream API.',
    650053:
      'The requested API has no such scope. In an exchange that is the downstream API; at a sign-in it is this API: run npm run generate, then azd provision (locally, restart npm start).',
    650056: 'The app registration does not list the downstream permission.',
    650057: 'The app registration does not list the downstream API.',
    700016: 'ENTRA_CLIENT_ID is not in the tenant.',
    700024: 'The client assertion is expired or not yet valid: correct the clock of this server.',
    700025: 'The app registration is a public client, which must not send a credential.',
    700027: 'The certificate is not in the app registration, or its signature is wrong.',
    700038: 'ENTRA_CLIENT_ID is not an application.',
    700211: 'Federated credential: the issuer does not match.',
    700212: wrongAudience,
    700213: 'Federated credential: the subject does not match.',
    700214: wrongAudience,
    900144: 'The request to Entra lacks a parameter.',
    7000112: 'The app registration is disabled.',
    7000215: 'The client secret is wrong.',
    7000218: 'The request had no client credential.',
    7000222: 'The client secret has expired.',
    7002138: 'Federated credential: the subject differs in case.',
    9010010: '`resource` and scope name different identifier URIs.',
  }),
])

/** For numbers that are not in the table. */
export const byClass: Record<ErrorClass, AadstsError> = {
  consent: { ...consent(), operator: noGrant },
  admin_consent: { ...adminConsent(), operator: grantNeeded },
  sign_in: {
    ...signInAgain('Your organization requires more at sign-in.'),
    operator: 'Entra requires interaction.',
  },
  stale: { ...ended(), operator: 'The session behind the assertion has ended.' },
  client: {
    ...misconfigured,
    operator: 'Entra does not accept this server’s registration or credential.',
  },
  final: {
    ...blocked('Microsoft Entra refused this.'),
    operator: 'An error that is not in the table.',
  },
}

/** Our own code, for a refusal by Azure's managed identity endpoint, before Entra is asked. */
export const identityRefused = 'managed_identity_refused'
/** By `error`, for errors without a number. */
export const byError: Readonly<Record<string, AadstsError>> = {
  [identityRefused]: {
    ...misconfigured,
    operator:
      'The identity in ENTRA_MANAGED_IDENTITY_CLIENT_ID is not assigned to this app: assign it (Identity, User assigned), or correct the setting.',
  },
}
