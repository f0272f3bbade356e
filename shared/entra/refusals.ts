/**
 * Every refusal of Entra that can reach this server, when it exchanges a token or when a person comes back from
 * Entra's consent page: what it means, who can fix it, and what to tell them. How one is found here is
 * refusal-lookup.ts's. docs/refusals.md is made from this table.
 */
import type { FixedBy } from '../failure.ts'

/**
 * `consent`: a person can consent. `admin_consent`: only an administrator can. `sign_in`: a new sign-in, with the
 * claims that Entra gave. `stale`: the sign-in is over, any new one will do. `client`: this server's own registration or credential. `final`: asking again changes nothing.
 */
export type RefusalClass = 'consent' | 'admin_consent' | 'sign_in' | 'stale' | 'client' | 'final'

export type Refusal = {
  class: RefusalClass
  fixedBy: FixedBy
  /** For the person in front of the client. */
  person: string
  /** For whoever reads the log. */
  operator: string
}

const consent: Refusal = {
  class: 'consent',
  fixedBy: 'user',
  person: 'You have not consented yet to this server using the API behind this tool for you.',
  operator: 'No delegated grant of this API for the downstream API covers the user and scope.',
}
const adminConsent: Refusal = {
  class: 'admin_consent',
  fixedBy: 'administrator',
  person: 'Only an administrator of your organization can consent to this.',
  operator: 'Grant admin consent to this API (API permissions), or allow users to consent.',
}
const morePlease = (person: string, operator: string): Refusal => ({
  class: 'sign_in',
  fixedBy: 'user',
  person,
  operator,
})
const over = (operator: string): Refusal => ({
  class: 'stale',
  fixedBy: 'user',
  person: 'Your sign-in is over. Sign in again.',
  operator,
})
const blocked = (person: string, operator: string): Refusal => ({
  class: 'final',
  fixedBy: 'administrator',
  person,
  operator,
})
const misconfigured = (operator: string): Refusal => ({
  class: 'client',
  fixedBy: 'operator',
  person: 'This server is not set up correctly in Microsoft Entra; its operator has to mend that.',
  operator,
})
const wrongCode: Refusal = {
  class: 'final',
  fixedBy: 'user',
  person: 'This link does not belong to this sign-in.',
  operator: 'Code, verifier and redirect URI of a consent do not belong together.',
}
const wrongAssertion = (operator: string): Refusal => ({
  class: 'final',
  fixedBy: 'developer',
  person: 'Microsoft Entra does not accept this sign-in for acting on your behalf.',
  operator,
})

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const refusals: ReadonlyMap<number, Refusal> = new Map<number, Refusal>([
  [65001, consent],
  [65004, { ...consent, person: 'You declined the consent that this tool needs.' }],
  [90094, adminConsent],
  [90095, { ...adminConsent, person: 'Your request for an administrator’s approval was noted.' }],
  [90097, adminConsent],
  [50074, morePlease('Your organization asks for a second factor.', 'MFA was not passed.')],
  [50076, morePlease('Your organization asks for a second factor.', 'A policy demands MFA.')],
  [50079, morePlease('You have to register for a second factor.', 'The user must enrol for MFA.')],
  [50072, morePlease('You have to register for a second factor.', 'The user must enrol for MFA.')],
  [500121, morePlease('The second factor was not passed.', 'MFA was denied, or failed.')],
  [50097, morePlease('Your organization asks for a known device.', 'Device demanded.')],
  [50158, morePlease('Your organization asks for a further check.', 'External challenge.')],
  [50173, over('The grant was revoked, or the password changed.')],
  [50055, over('The password has expired.')],
  [50144, over('The on-premises password has expired.')],
  [50132, over('The session is not valid: password expired or changed.')],
  [50133, over('The session is not valid: password expired or changed.')],
  [70043, over('Sign-in frequency of Conditional Access.')],
  [70044, over('Sign-in frequency of Conditional Access.')],
  [700082, over('A refresh token expired of disuse.')],
  [500133, over('The assertion expired on its way to Entra.')],
  [70000, wrongCode],
  [50148, wrongCode],
  [500112, wrongCode],
  [501481, wrongCode],
  [54005, morePlease('This link has been used already.', 'An authorization code came twice.')],
  [70008, morePlease('This link has expired.', 'An authorization code expired.')],
  [
    53000,
    morePlease(
      'Your device does not comply with your organization’s rules.',
      'Compliant device demanded.',
    ),
  ],
  [53001, morePlease('Your device is not joined to your organization.', 'Joined device demanded.')],
  [53002, blocked('Your organization does not allow this application.', 'Approved app demanded.')],
  [53003, blocked('Your organization’s rules block this access.', 'Conditional Access blocks it.')],
  [50131, blocked('Your organization’s rules block this access.', 'Device or place is refused.')],
  [53011, blocked('Your account is under suspicion.', 'Risk in the home tenant.')],
  [53004, blocked('Your account is under suspicion.', 'Risk: proof-up is blocked.')],
  [
    530032,
    blocked('Your organization’s rules block this access.', 'A tenant security policy blocks it.'),
  ],
  [50105, blocked('You are not assigned to this application.', 'Assign the user or a group.')],
  [50057, blocked('Your account is disabled.', 'The account is disabled.')],
  [50034, blocked('Your account is not in this organization.', 'No such user in the tenant.')],
  [50053, blocked('Your account is locked.', 'Smart lockout, or a malicious address.')],
  [
    50020,
    blocked('Your account is not in this organization.', 'User of another tenant; invite them.'),
  ],
  [
    50196,
    {
      class: 'final',
      fixedBy: 'nobody',
      person: 'Microsoft Entra has seen this question too often. Wait some minutes.',
      operator: 'Loop detected: the client keeps asking what is refused.',
    },
  ],
  [
    50013,
    wrongAssertion(
      'The assertion’s signature or claims; right after deployment: a federated credential that is not known everywhere yet.',
    ),
  ],
  [500131, wrongAssertion('The assertion is for another audience than this app.')],
  [7000114, wrongAssertion('An application’s own token: there is no user to act for.')],
  [50027, wrongAssertion('The assertion is not a token that Entra can read.')],
  [7000215, misconfigured('The client secret is wrong.')],
  [7000222, misconfigured('The client secret has expired.')],
  [700027, misconfigured('The certificate is not registered, or its signature is wrong.')],
  [700024, misconfigured('The client assertion is out of its time: look at the clock.')],
  [700025, misconfigured('The app registration is public, but sent a credential.')],
  [7000218, misconfigured('The request had no credential.')],
  [7000112, misconfigured('The app registration is disabled.')],
  [65005, misconfigured('The app registration lists an API that the tenant does not know.')],
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
  [70011, misconfigured('The scope asked for is not valid.')],
  [28000, misconfigured('Scopes of two APIs were asked for at once.')],
  [900144, misconfigured('A parameter is missing in the request to Entra.')],
  [90009, misconfigured('The app asks for a token to itself: use another client registration.')],
  [9010010, misconfigured('`resource` and scope name different identifier URIs.')],
  [90002, misconfigured('ENTRA_TENANT_ID is not a tenant of this authority.')],
  [50011, misconfigured('The redirect URI /consent/callback is not registered.')],
])

/** For the numbers that are not here. */
export const byClass: Record<RefusalClass, Refusal> = {
  consent,
  admin_consent: adminConsent,
  sign_in: morePlease('Your organization asks for more at sign-in.', 'Interaction is demanded.'),
  stale: over('The session behind the assertion has ended.'),
  client: misconfigured('Entra does not take this server’s registration or credential.'),
  final: blocked('Microsoft Entra refused this.', 'A refusal that is not in the table.'),
}
