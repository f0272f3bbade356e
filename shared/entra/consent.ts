/**
 * A person's consent to this API calling a downstream API on their behalf: builds the link to Entra's page, and reads
 * the outcome when Entra redirects back. Nothing is stored: Entra records consent for the account that gave it, so a
 * stranger who follows another person's link consents only for themselves.
 */
import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { EncryptionKeys } from '../encryption-keys.ts'
import { upTo } from '../resilience/lru.ts'
import { sealed } from '../sealed.ts'
import * as z from '../zod.ts'
import { type LookedUp, lookUp, redirectFields } from './aadsts-lookup.ts'
import type { Authority } from './authority.ts'
import type { Breaker } from './breaker.ts'
import type { User } from './caller.ts'
import type { MsalClient } from './msal-client.ts'
import { EntraOutage, EntraRefusal } from './network.ts'

/** The data of a consent link, carried in its `state`. `verifier`: of PKCE (RFC 7636). */
const consentState = z.object({
  tid: z.string(),
  oid: z.string(),
  tool: z.string(),
  scope: z.string(),
  verifier: z.string(),
})
type ConsentState = z.output<typeof consentState>
export type Asked = Omit<ConsentState, 'verifier'>

/** Seconds that a consent link is valid. */
const life = 10 * 60

export type Consent = {
  /** Entra's consent page for the user. The link contains no user, token or secret. */
  userLink: (asked: Asked) => string
  /** Entra's page where an administrator consents for all users. The link does not expire. */
  adminLink: (scope: string) => string
  /** Reads what happened from the parameters of Entra's redirect. */
  settle: (parameters: URLSearchParams) => Promise<ConsentOutcome>
}

export type ConsentOutcome =
  | { result: 'consented'; asked: Asked }
  /** By an administrator, for all users. */
  | { result: 'approved' }
  /**
   * `signedIn`: the account that consented, for the page; `account`: the same for the log. The user who asked is for
   * the log only.
   */
  | { result: 'other_account'; asked: Asked; signedIn: string; account: User }
  /** `adminLink`: if only an administrator can consent. `asked`: if the link was issued by this server. */
  | { result: 'refused'; refusal: LookedUp; adminLink?: string; asked?: Asked }
  | { result: 'unreachable'; asked?: Asked }
  /** Another request has already redeemed this link on this instance. */
  | { result: 'used'; asked: Asked }
  | { result: 'expired' | 'altered' | 'nothing' }

/** What Entra's pages need to know about this API. */
type Registered = {
  authority: Authority
  /** Of this API. */
  clientId: string
  /** URL of the page that Entra redirects back to. */
  redirectUri: string
}

const linkTo = (
  page: string,
  { clientId, redirectUri }: Registered,
  more: Readonly<Record<string, string>>,
) => `${page}?${new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, ...more })}`

/** https://learn.microsoft.com/entra/identity-platform/v2-admin-consent */
export const adminConsentLink =
  (registered: Registered): Consent['adminLink'] =>
  (scope) =>
    linkTo(registered.authority.adminConsentEndpoint, registered, { scope })

/** One per process: it remembers the links that were redeemed. */
export function consent(
  options: Registered & {
    client: MsalClient
    breaker: Breaker
    keys: EncryptionKeys
    now: () => number
  },
): Consent {
  const { authority, redirectUri, client, breaker, keys, now } = options
  const states = sealed({ seal: keys.seal('consent state'), schema: consentState, life, now })
  /** The verifiers of redeemed links: otherwise a link could make this server call Entra repeatedly. */
  const redeemed = new LRUCache<string, true>(upTo(10_000))
  const adminLink = adminConsentLink(options)

  const refused = async (error: string, parameters: URLSearchParams): Promise<ConsentOutcome> => {
    const refusal = lookUp(redirectFields(error, parameters))
    const state = states.open(parameters.get('state') ?? '')
    if (typeof state === 'string') return { result: 'refused', refusal }
    const { verifier: _verifier, ...asked } = state
    if (refusal.class !== 'admin_consent') return { result: 'refused', refusal, asked }
    return { result: 'refused', refusal, asked, adminLink: adminLink(state.scope) }
  }

  const redeem = async (code: string, state: ConsentState): Promise<ConsentOutcome> => {
    const { verifier: codeVerifier, ...asked } = state
    if (redeemed.has(codeVerifier)) return { result: 'used', asked }
    try {
      const result = await breaker(asked, () => {
        redeemed.set(codeVerifier, true)
        const scopes = [asked.scope]
        return client((msal) =>
          msal.acquireTokenByCode({ code, redirectUri, scopes, codeVerifier }),
        )
      })
      // OpenID Connect Core §3.1.3.7: an id token received directly from the token endpoint needs no signature check.
      const { tid, oid, preferred_username } = accountClaims.parse(result.idTokenClaims)
      if (tid === asked.tid && oid === asked.oid) return { result: 'consented', asked }
      const account = { tid, oid }
      return { result: 'other_account', asked, signedIn: preferred_username, account }
    } catch (error) {
      if (error instanceof EntraRefusal) {
        return { result: 'refused', refusal: lookUp(error.body), asked }
      }
      if (error instanceof EntraOutage) return { result: 'unreachable', asked }
      throw error
    }
  }

  return {
    userLink({ tid, oid, tool, scope }) {
      const verifier = randomBytes(32).toString('base64url')
      return linkTo(authority.authorizationEndpoint, options, {
        response_type: 'code',
        response_mode: 'query',
        scope: `${scope} openid profile`,
        prompt: 'consent',
        state: states.close({ tid, oid, tool, scope, verifier }),
        code_challenge: hash('sha256', verifier, 'base64url'),
        code_challenge_method: 'S256',
      })
    },
    adminLink,
    async settle(parameters) {
      const error = parameters.get('error')
      if (error && outages.includes(error)) return { result: 'unreachable' }
      if (error) return refused(error, parameters)
      const code = parameters.get('code')
      if (!code) {
        const isApproval = /^true$/i.test(parameters.get('admin_consent') ?? '')
        return { result: isApproval ? 'approved' : 'nothing' }
      }
      const state = states.open(parameters.get('state') ?? '')
      return typeof state === 'string' ? { result: state } : redeem(code, state)
    },
  }
}

/** RFC 6749 §4.1.2.1: errors that are not about the person. */
const outages = ['server_error', 'temporarily_unavailable']

const accountClaims = z.object({
  tid: z.string(),
  oid: z.string(),
  preferred_username: z.string().default('another account'),
})
