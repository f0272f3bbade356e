/**
 * The client and redirect URI that a browser may return to, and the redirect there. The callers decide what to ask the
 * person.
 */
import type { AppRegistration } from '../seed.ts'
import { Refusal } from './errors.ts'
import { type Parameters, parseParameters } from './parameters.ts'
import { isRegistered } from './redirect-uri.ts'
import { describe, type Trace } from './refusal-body.ts'
import type { Note } from './request-log.ts'
import { errorPage } from './sign-in-pages.ts'
import type { Tenant } from './tenant.ts'

/** From here on errors go back by redirect. */
export type ReturnAddress = { client: AppRegistration; redirectUri: string }

/** One request of a person's browser. */
export type FrontChannelRequest = {
  parameters: URLSearchParams
  /** Only a form carries decisions: following a link with "accept" in it is not consent. */
  posted: boolean
  trace: Trace
  note: Note
}

/** RFC 6749 §4.1.2.1: a refusal redirects to the client once its redirect URI is verified; before, it is a page. */
export async function answerBrowser(
  tenant: Tenant,
  request: FrontChannelRequest,
  answer: (parameters: Parameters, address: ReturnAddress) => Response | Promise<Response>,
): Promise<Response> {
  const { trace, note } = request
  let address: ReturnAddress | undefined
  let state: string | undefined
  try {
    const parameters = parseParameters(request.parameters)
    note.clientId = parameters.optional('client_id')
    note.scope = parameters.optional('scope')
    state = parameters.optional('state')
    address = returnAddress(tenant, parameters)
    return await answer(parameters, address)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    note.error = error.code
    const description = describe(error, trace)
    if (!address) return errorPage(description)
    return redirect(address, {
      error: error.authorizeError,
      error_subcode: error.code === 65004 ? 'cancel' : undefined,
      error_description: description,
      error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
      claims: error.claims,
      state,
    })
  }
}

/** 302; undefined parameters are left out. */
export function redirect(
  { redirectUri }: ReturnAddress,
  parameters: Record<string, string | undefined>,
): Response {
  const location = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) location.searchParams.set(name, value)
  }
  return new Response(null, {
    status: 302,
    headers: { location: location.href, 'cache-control': 'no-store' },
  })
}

/**
 * The person's answer on a page, if it was shown.
 * @throws Refusal 9002313 for an answer that the page does not offer
 */
export function answerOf<Answer extends string>(
  { optional }: Parameters,
  { name, among }: { name: string; among: readonly Answer[] },
): Answer | undefined {
  const given = optional(name)
  const answer = among.find((each) => each === given)
  if (answer !== given) throw new Refusal(9002313)
  return answer
}

function returnAddress({ directory, tenantId }: Tenant, parameters: Parameters): ReturnAddress {
  const clientId = parameters.required('client_id')
  const client = directory.app(clientId)
  if (!client) throw new Refusal(700016, { client: clientId, tenant: tenantId })
  const redirectUri = parameters.optional('redirect_uri')
  if (redirectUri === undefined) throw new Refusal(900971)
  if (!isRegistered(redirectUri, client.redirectUris)) {
    throw new Refusal(50011, { redirectUri, client: clientId })
  }
  return { client, redirectUri }
}
