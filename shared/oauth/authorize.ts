/**
 * The authorization endpoint (RFC 6749 §3.1, narrowed by OAuth 2.1). Asks the person whether the client may act for
 * them, then redirects to Entra. A GET stores and consumes nothing. callback.ts handles Entra's answer.
 */
import { causes } from '../audit.ts'
import { html } from '../http/html.ts'
import { page } from '../http/page.ts'
import type { Sealed } from '../sealed.ts'
import {
  type AuthorizationRequest,
  parseAuthorizationRequest,
  registeredRedirectUri,
  stateOf,
} from './authorization-request.ts'
import type { Browser } from './browsers.ts'
import type { OAuthClient } from './client.ts'
import type { ResolveClient } from './clients.ts'
import { consentPage, destination } from './consent-page.ts'
import { type Decided, errorUrl, redirect, signInLost } from './decision.ts'
import type { OAuthEndpoint } from './endpoints.ts'
import { OAuthError } from './oauth-error.ts'
import { parameter } from './parameter.ts'
import { clientHash, type PendingConsent } from './sign-in.ts'

export type Authorize = {
  /** `cookies`: the request's header. */
  ask: (parameters: URLSearchParams, cookies: string | null) => Promise<Decided>
  /** The consent page's form. */
  decide: (form: URLSearchParams, cookies: string | null) => Decided
}

/** Answers both steps of the endpoint: the request, and the decision on the consent page. */
export function authorize(options: {
  /** Our own (RFC 8414 §2), included in every answer to a client (RFC 9207). */
  issuer: string
  authorizationOrigin: string
  endpoints: readonly OAuthEndpoint[]
  resolve: ResolveClient
  browserOf: (cookies: string | null) => Browser & { isNew: boolean }
  pending: Sealed<PendingConsent>
  /** Entra's page for this sign-in. */
  signInUrl: (asked: PendingConsent) => string
}): Authorize {
  const { issuer, authorizationOrigin, endpoints, resolve, browserOf, pending, signInUrl } = options

  const toEntra = (asked: PendingConsent, browser: Browser) =>
    redirect(signInUrl(asked), browser.cookie())

  /**
   * No redirect until client and redirect URI are known to belong together (RFC 6749 §4.1.2.1).
   * @throws an {@link OAuthError}
   */
  const addressee = async (parameters: URLSearchParams) => {
    const clientId = parameter(parameters, 'client_id')
    if (!clientId) throw new OAuthError('invalid_request', 'client_id is missing')
    const client = await resolve(clientId)
    const redirectUri = registeredRedirectUri(parameter(parameters, 'redirect_uri'), client)
    return { client, redirectUri }
  }

  const ask = (client: OAuthClient, request: AuthorizationRequest, cookies: string | null) => {
    const browser = browserOf(cookies)
    const { redirectUri, codeChallenge, state, endpoint, scopes, prompts, hints } = request
    // prompt=consent ends here: at Entra it would bypass an administrator's consent and ask people every time.
    const prompt = prompts.filter((each) => each !== 'consent').join(' ')
    const asked: PendingConsent = {
      clientHash: clientHash(client.id),
      redirectUri,
      state,
      codeChallenge,
      endpoint: endpoint.name,
      scopes: scopes.map(({ value }) => value),
      browser: browser.id,
      hints: { ...hints, ...(prompt && { prompt }) },
    }
    const isAllowed = browser.isAllowed(asked)
    if (isAllowed && !prompts.includes('consent')) return toEntra(asked, browser)
    if (prompts.includes('none')) {
      throw new OAuthError('consent_required', 'The person has not allowed this application yet')
    }
    const response = consentPage({
      ...{ client, redirectUri, endpoint, scopes, authorizationOrigin, isAllowed },
      request: pending.close(asked),
    })
    if (browser.isNew) response.headers.append('set-cookie', browser.cookie())
    return response
  }

  return {
    async ask(parameters, cookies) {
      let to: Awaited<ReturnType<typeof addressee>>
      try {
        to = await addressee(parameters)
      } catch (error) {
        return refused(error)
      }
      const { client, redirectUri } = to
      try {
        const request = parseAuthorizationRequest(parameters, { redirectUri, endpoints })
        return { response: ask(client, request, cookies) }
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error
        const state = stateOf(parameters)
        const back = errorUrl({ redirectUri, issuer, state, error })
        return refused(error, { client: clientHash(client.id), redirectUri, back })
      }
    },
    decide(form, cookies) {
      const browser = browserOf(cookies)
      const asked = pending.open(form.get('request') ?? '')
      // Bound to the browser that was shown the page: another site's form has no such request (CSRF).
      if (typeof asked === 'string' || asked.browser !== browser.id) {
        const detail = typeof asked === 'string' ? `request ${asked}` : 'another browser'
        return signInLost('This page has expired', detail)
      }
      const { redirectUri, state, endpoint, scopes, clientHash: client } = asked
      const decided = (outcome: string, response: Response): Decided => ({
        response,
        decision: { outcome, endpoint, client, scopes, detail: destination(redirectUri) },
      })
      const denied = (to: Browser) => {
        const error = new OAuthError('access_denied', 'The person did not allow this application')
        return redirect(errorUrl({ redirectUri, issuer, state, error }), to.cookie())
      }
      switch (form.get('decision')) {
        case 'allow':
          return decided('sign_in_allowed', toEntra(asked, browser.with(asked, 'allowed')))
        case 'forget':
          return decided('sign_in_forgotten', denied(browser.with(asked, 'forgotten')))
        default:
          return decided('sign_in_denied', denied(browser))
      }
    },
  }
}

/**
 * The answer before the person has decided. Websites get no redirect: clients register themselves, so a link to this
 * server could otherwise lead to any site (RFC 9700 §4.11.2).
 */
function refused(
  error: unknown,
  to?: { client: string; redirectUri: string; back: string },
): Decided {
  if (!(error instanceof OAuthError)) throw error
  const { code, message } = error
  const decision = {
    outcome: 'sign_in_refused',
    ...(to && { client: to.client }),
    detail: `${code}: ${causes(error)}`,
  }
  if (to && !to.redirectUri.startsWith('https:')) return { response: redirect(to.back), decision }
  const response = page({
    status: code === 'temporarily_unavailable' ? 503 : 400,
    title: 'This application cannot sign you in here',
    paragraphs: [
      `${message}.`,
      'You can close this page. Connect again from your application; if that does not help, tell the people who make it what this page says.',
    ],
    ...(to && {
      body: html`<p><a href="${to.back}">Back to ${destination(to.redirectUri)}</a></p>`,
    }),
  })
  return { response, decision }
}
