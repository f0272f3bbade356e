/** The authorization endpoint on the wire: outcomes become pages and redirects, refusals too. */
import { authorize, type ReturnAddress, returnAddress } from './authorize.ts'
import { Refusal } from './errors.ts'
import { parseParameters } from './parameters.ts'
import { describe, type Trace } from './refusal-body.ts'
import type { Note } from './request-log.ts'
import { consentPage, errorPage, pickUserPage } from './sign-in-pages.ts'
import { opaque, type Tenant } from './tenant.ts'

type AuthorizeRequest = {
  parameters: URLSearchParams
  /** Only a form may decide: a link that says "accept" is not consent. */
  posted: boolean
  trace: Trace
  note: Note
}

export async function answerAuthorize(
  tenant: Tenant,
  request: AuthorizeRequest,
): Promise<Response> {
  const { trace, note } = request
  try {
    return await answerClient(tenant, request)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    note.error = error.code
    return errorPage(describe(error, trace))
  }
}

async function answerClient(
  tenant: Tenant,
  { parameters: raw, posted, trace, note }: AuthorizeRequest,
): Promise<Response> {
  const parameters = parseParameters(raw)
  note.clientId = parameters.optional('client_id')
  note.scope = parameters.optional('scope')
  const address = returnAddress(tenant, parameters)
  const { client } = address
  const state = parameters.optional('state')
  try {
    const decision = posted ? parseDecision(parameters.optional('decision')) : undefined
    const outcome = authorize(tenant, { parameters, address, decision })
    const fields = parameters.entries().filter(([name]) => name !== 'decision')
    if (outcome.next === 'pick-user') return pickUserPage({ ...outcome, client, fields })
    note.user = outcome.user.oid
    if (outcome.next === 'consent') return consentPage({ ...outcome, client, fields })
    return redirect(address, { code: outcome.code, state, session_state: opaque(16) })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    note.error = error.code
    return redirect(address, {
      error: error.authorizeError,
      error_description: describe(error, trace),
      error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
      state,
    })
  }
}

function parseDecision(decision: string | undefined): 'accept' | 'decline' | undefined {
  if (decision === undefined || decision === 'accept' || decision === 'decline') return decision
  throw new Refusal(9002313)
}

function redirect(
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
