/** What a model gets to read: a tool's data, or one of our own sentences. Nothing that an API or an exception said. */
import {
  type CallToolResult,
  type ContentBlock,
  type InputRequiredResult,
  inputRequired,
} from '@modelcontextprotocol/server'
import type { FailureDetail, FixedBy } from '../failure.ts'
import type { JsonObject } from './json-schema.ts'

/** Structured, and mirrored as text for clients that read only that (MCP, "Structured Content"). */
export function dataResult(data: JsonObject, content: readonly ContentBlock[]): CallToolResult {
  const text = { type: 'text', text: JSON.stringify(data) } as const
  return { content: [text, ...content], structuredContent: data }
}

/** None for the failures that are answered over HTTP (http/failure-response.ts). */
export function failureResult(
  detail: FailureDetail,
  { reference, opensLinks }: { reference: string; opensLinks: boolean },
): CallToolResult | InputRequiredResult | undefined {
  if (opensLinks && detail.reason === 'consent_required' && detail.link) {
    const message = `To go on, this tool needs your consent to use ${detail.downstream} for you.`
    const consent = inputRequired.elicitUrl({ message, url: detail.link })
    return inputRequired({ inputRequests: { consent } })
  }
  const said = failureSentence(detail)
  if (!said) return undefined
  const text = `${said} (reference ${reference})`
  // For those who build clients: what to pass on to Entra at the next sign-in (OpenID Connect Core §5.5).
  const claims = detail.reason === 'claims_unanswerable' && { claims: detail.claims }
  return { content: [{ type: 'text', text }], isError: true, ...(claims && { _meta: claims }) }
}

const repeatedDemand =
  'The organization of the signed-in user asks for more at sign-in (a Conditional Access policy, multifactor authentication for instance), and signing in again has not satisfied it. Tell the user what is asked for; an administrator can see in the Entra sign-in log which policy asks. To try once more, the user signs out of this server in the client and in again.'

/** In our words; none for the failures that are answered over HTTP. */
export function failureSentence(detail: FailureDetail): string | undefined {
  switch (detail.reason) {
    case 'arguments_refused':
      return `Invalid arguments: ${detail.problems.join('; ')}.`
    case 'app_role_missing':
      return roleSentence(detail.roles)
    case 'claims_unanswerable':
      if (detail.isRepeated) return repeatedDemand
      return 'The organization of the signed-in user asks for more at sign-in, multifactor authentication for instance, and this client did not say that it can pass that on (cp1 in xms_cc). Ask the user to sign out of this server in the client and to sign in again, and then call the tool again.'
    case 'consent_required':
      return `The signed-in user has not consented yet to this server using ${detail.downstream} for them. Ask the user to open this link, consent, and then call the tool again: ${detail.link}`
    case 'admin_consent_required':
      return `Only an administrator of the organization can consent to this server using ${detail.downstream}. This is final until one has: give this link to an administrator: ${detail.link}`
    case 'exchange_refused':
      return `${detail.person}${aadsts(detail.code)} ${cures[detail.fixedBy]}`
    case 'rate_limited':
      return `The signed-in user has called this tool too often. Try again in ${detail.retryAfterSeconds === 1 ? '1 second' : `${detail.retryAfterSeconds} seconds`}.`
    case 'too_many_at_once':
      return 'So many calls of the signed-in user were under way that this one did not get its turn. Try again with fewer calls at a time.'
    case 'downstream_refused':
      return downstreamSentence(detail)
    case 'downstream_throttled': {
      const when = detail.retryAfterSeconds
      return `${detail.downstream} is limiting how often it may be asked. Try again ${when ? `in ${when} seconds` : 'later'}.`
    }
    case 'downstream_failed':
      return `${detail.downstream} did not give a usable answer${detail.status ? ` (HTTP ${detail.status})` : ''}. Try again later.`
    case 'downstream_unexpected':
      return `${detail.downstream} answered something that this tool does not understand. The operator of this server has to look into it.`
    case 'downstream_too_large':
      return `${detail.downstream} has more to answer than this tool reads (${detail.limit}). Ask for less.`
    case 'protocol_error':
    case 'origin_refused':
    case 'token_missing':
    case 'token_refused':
    case 'scope_missing':
    case 'claims_challenged':
    case 'sign_in_ended':
    case 'entra_unreachable':
    case 'unforeseen':
      return undefined
  }
}

/** Also at the end of a tool's description in the list, so that a model does not call in vain. */
export const roleSentence = (roles: readonly string[]) =>
  `The signed-in user lacks the app role ${roles.join(' and ')}. An administrator can assign it in Microsoft Entra (Enterprise applications, this API, Users and groups); it takes effect at the next sign-in.`

function downstreamSentence({
  downstream,
  status,
  code,
  person,
}: Extract<FailureDetail, { reason: 'downstream_refused' }>): string {
  const said = code ? `${status} ${code}` : `${status}`
  if (person) return `${person} (${downstream}: ${said})`
  switch (status) {
    case 401:
      return `${downstream} did not accept this sign-in (${said}). Sign in again; should that not help, the server’s operator has to look into it.`
    case 403:
      return `The signed-in user may not do this in ${downstream} (${said}). An administrator of that resource can grant access.`
    case 404:
      return `${downstream} knows nothing of that name, or does not show it to the signed-in user (${said}).`
    default:
      return `${downstream} refused the request (${said}).`
  }
}

const cures: Record<FixedBy, string> = {
  user: 'The signed-in user can fix that; until then, calling again will not help.',
  administrator:
    'An administrator of the organization can change that; calling again will not help.',
  operator: 'Only the operator of this server can fix that; calling again will not help.',
  developer: 'The developer of this client has to fix that; calling again will not help.',
  nobody: 'Calling again right away makes it worse.',
}

const aadsts = (code: number | undefined) => (code ? ` (AADSTS${code})` : '')
