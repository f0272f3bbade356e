/**
 * Our redirect URI, where Entra sends the browser back. Redirects to the client with a code of ours, or with an error
 * after a page that says who can fix it. If a claims challenge of the user is pending, the browser goes to Entra once more.
 */
import { causes, type Severity } from '../audit.ts'
import {
  factsOf,
  type LookedUp,
  lookUp,
  redirectFields,
  sentenceOf,
} from '../entra/aadsts-lookup.ts'
import { html } from '../http/html.ts'
import { page } from '../http/page.ts'
import { withParameters } from '../redirect-uri.ts'
import type { Sealed } from '../sealed.ts'
import type { Browser } from './browsers.ts'
import type { Challenges } from './challenges.ts'
import { type Decided, errorUrl, redirect, signInLost } from './decision.ts'
import type { EntraSignIn } from './entra-sign-in.ts'
import { OAuthError, type OAuthErrorCode } from './oauth-error.ts'
import type { AuthorizationCode, PendingSignIn } from './sign-in.ts'

/** `cookies`: the request's header. */
export type Callback = (parameters: URLSearchParams, cookies: string | null) => Promise<Decided>

/** `issuer`: our own, included in every answer to a client (RFC 9207 §2). */
export function callback(options: {
  issuer: string
  browserOf: (cookies: string | null) => Browser
  states: Sealed<PendingSignIn>
  codes: Sealed<AuthorizationCode>
  entra: EntraSignIn
  challenges: Challenges
}): Callback {
  const { issuer, browserOf, states, codes, entra, challenges } = options

  /** Entra's page with the claims of a pending challenge, if there is one. Redeems the code to learn who the user is. */
  const stepUpUrl = async (code: AuthorizationCode, asked: PendingSignIn) => {
    if (asked.claimsAdded || !(await challenges.mayBeOpen(asked.endpoint))) return undefined
    const { user, loginHint } = await entra.redeem(code)
    const claims = await challenges.claimsFor(user, asked.endpoint)
    const hints = { login_hint: loginHint, claims, ...(asked.isSilent && { prompt: 'none' }) }
    return entra.url({ ...asked, claimsAdded: true }, hints)
  }

  /** Where the browser goes next. */
  const onward = async (entraCode: string, asked: PendingSignIn) => {
    const { redirectUri, state } = asked
    const { claimsAdded: _, isSilent: __, ...more } = asked
    const code = { ...more, entraCode }
    const again = await stepUpUrl(code, asked)
    return again ?? withParameters(redirectUri, { code: codes.close(code), state, iss: issuer })
  }

  return async (parameters, cookies) => {
    const asked = states.open(parameters.get('state') ?? '')
    if (asked === 'expired') return signInLost('This sign-in took too long')
    if (asked === 'altered') return signInLost('This is not a sign-in of this server')
    // RFC 9700 §4.7.1: a sign-in that began in another browser must not end in this one.
    if (browserOf(cookies).id !== asked.browser) {
      return signInLost('This sign-in began in another browser')
    }
    const { redirectUri, state, endpoint, clientHash: client } = asked
    const about = { endpoint, client }
    const error = parameters.get('error')
    if (error) {
      const refusal = refusalOf(error, parameters)
      const code = oauthError(error, refusal)
      const back = errorUrl({
        redirectUri,
        issuer,
        state,
        error: { code, message: sentenceOf(refusal) },
      })
      // A person who has just declined needs no page.
      const isSilent = asked.isSilent || refusal.code === 65004
      const response = isSilent ? redirect(back) : refusedPage(refusal, back)
      const severity = severities[refusal.fixedBy] ?? 'information'
      const decision = { severity, outcome: 'sign_in_failed', detail: factsOf(refusal), ...about }
      return { response, decision }
    }
    const entraCode = parameters.get('code')
    if (!entraCode) return signInLost('Microsoft Entra sent neither a code nor an error')
    try {
      return { response: redirect(await onward(entraCode, asked)) }
    } catch (error) {
      // Entra or the table is unavailable, or Entra refused the code: the client may try again.
      if (!(error instanceof OAuthError)) throw error
      const response = redirect(errorUrl({ redirectUri, issuer, state, error }))
      const detail = `${error.code}: ${causes(error)}`
      return { response, decision: { outcome: 'sign_in_failed', ...about, detail } }
    }
  }
}

const severities: Partial<Record<LookedUp['fixedBy'], Severity>> = {
  operator: 'warning',
  time: 'error',
}

/** An outage says nothing about the person or the request, whatever its AADSTS number. */
function refusalOf(error: string, parameters: URLSearchParams): LookedUp {
  const refusal = lookUp(redirectFields(error, parameters))
  if (error !== 'temporarily_unavailable' && error !== 'server_error') return refusal
  const person = 'Microsoft Entra cannot sign people in at the moment.'
  return { ...refusal, fixedBy: 'time', person, operator: `Entra answers ${error}.` }
}

/** Entra's errors that mean the same to the client (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
const passedOn = [
  ...(['temporarily_unavailable', 'server_error'] as const),
  ...(['consent_required', 'interaction_required', 'login_required'] as const),
]

/** RFC 6749 §4.1.2.1, RFC 8707 §2. */
function oauthError(error: string, { code, class: kind }: LookedUp): OAuthErrorCode {
  if (code === 9010010) return 'invalid_target'
  const same = passedOn.find((it) => it === error)
  if (same) return same
  return kind === 'client' ? 'server_error' : 'access_denied'
}

/** The browser returns to the client by the link, or by itself after the person has had time to read. */
function refusedPage(refusal: LookedUp, back: string): Response {
  const response = page({
    status: statuses[refusal.fixedBy],
    title: 'Microsoft Entra did not sign you in',
    paragraphs: [sentenceOf(refusal), fixes[refusal.fixedBy]],
    body: html`<p><a href="${back}">Back to your application</a></p>`,
  })
  response.headers.set('refresh', `20; url=${back}`)
  return response
}

const statuses: Record<LookedUp['fixedBy'], number> = {
  user: 403,
  administrator: 403,
  operator: 502,
  developer: 400,
  time: 503,
}

const fixes: Record<LookedUp['fixedBy'], string> = {
  user: 'You can fix this yourself: follow what Microsoft asked for, then connect again.',
  administrator:
    'Ask an administrator of your organization. Trying again does not help until then.',
  operator: 'Tell the people who run this server. Trying again does not help until then.',
  developer: 'Tell the people who make your application. Trying again does not help.',
  time: 'Wait a few minutes, then connect again.',
}
