/** What a model reads: a tool's data, or a sentence of our own. Never the text of an API or an exception. */
import {
  type CallToolResult,
  type ContentBlock,
  type InputRequiredResult,
  inputRequired,
} from '@modelcontextprotocol/server'
import { sentenceOf } from '../entra/aadsts-lookup.ts'
import type { FailureDetail, FixedBy } from '../failure.ts'
import type { JsonObject } from './json-schema.ts'

/** Structured content, repeated as text for clients that read only text (MCP, "Structured Content"). */
export function dataResult(data: JsonObject, content: readonly ContentBlock[]): CallToolResult {
  const text = { type: 'text', text: JSON.stringify(data) } as const
  return { content: [text, ...content], structuredContent: data }
}

/** Undefined for failures that are answered over HTTP (http/failure-response.ts). */
export function failureResult(
  detail: FailureDetail,
  { reference, opensLinks }: { reference: string; opensLinks: boolean },
): CallToolResult | InputRequiredResult | undefined {
  if (opensLinks && detail.reason === 'consent_required' && detail.link) {
    const message = `This tool needs your consent to use ${detail.downstream} on your behalf.`
    const consent = inputRequired.elicitUrl({ message, url: detail.link })
    return inputRequired({ inputRequests: { consent } })
  }
  const said = failureSentence(detail)
  if (!said) return undefined
  const text = `${said} (reference ${reference})`
  // For client developers: the claims to send to Entra at the next sign-in (OpenID Connect Core §5.5).
  const claims = detail.reason === 'claims_unanswerable' && { claims: detail.claims }
  return { content: [{ type: 'text', text }], isError: true, ...(claims && { _meta: claims }) }
}

const repeatedChallenge =
  'The organization of the signed-in user requires more at sign-in (Conditional Access, for example multifactor authentication), and signing in again did not satisfy it. Tell the user what is required. An administrator can see in the Entra sign-in log which policy requires it. To try again, the user signs out of this server in the client and signs in again.'

/** In our own words; undefined for failures that are answered over HTTP. */
export function failureSentence(detail: FailureDetail): string | undefined {
  switch (detail.reason) {
    case 'arguments_refused':
      return `Invalid arguments: ${detail.problems.join('; ')}.`
    case 'app_role_missing':
      return roleSentence(detail.roles)
    case 'actor_refused':
      return detail.wanted === 'agent'
        ? 'Only an agent may call this tool, and this token is a person’s (xms_act_fct, xms_sub_fct). Calling again will not help.'
        : 'No agent may call this tool, and this token is an agent’s (xms_act_fct, xms_sub_fct, xms_par_app_azp). A person has to call it, in a client that is not an agent.'
    case 'claims_unanswerable':
      if (detail.isRepeated) return repeatedChallenge
      return 'The organization of the signed-in user requires more at sign-in, for example multifactor authentication, and this client did not declare that it can handle such a request (cp1 in xms_cc). Ask the user to sign out of this server in the client and to sign in again, and then call the tool again.'
    case 'consent_required':
      return `The signed-in user has not consented yet to this server using ${detail.downstream} on their behalf. Ask the user to open this link, consent, and then call the tool again: ${detail.link}`
    case 'admin_consent_required':
      return `Only an administrator of the organization can consent to this server using ${detail.downstream}. Calling again will not help: this is final until an administrator has consented. Give this link to an administrator: ${detail.link}`
    case 'exchange_refused':
      return `${sentenceOf(detail)} ${cures[detail.fixedBy]}`
    case 'rate_limited':
      return `The signed-in user has called this tool too often. Try again in ${detail.retryAfterSeconds === 1 ? '1 second' : `${detail.retryAfterSeconds} seconds`}.`
    case 'too_many_at_once':
      return 'The signed-in user had too many calls in progress, so this one did not get its turn. Try again with fewer calls at a time.'
    case 'downstream_refused':
      return downstreamSentence(detail)
    case 'downstream_throttled': {
      const when = detail.retryAfterSeconds
      return `${detail.downstream} is limiting requests. Try again ${when ? `in ${when} seconds` : 'later'}.`
    }
    case 'downstream_failed':
      return `${detail.downstream} did not give a usable answer${detail.status ? ` (HTTP ${detail.status})` : ''}. Try again later.`
    case 'downstream_unexpected':
      return `${detail.downstream} sent an answer that this tool does not understand. The operator of this server has to investigate.`
    case 'downstream_too_large':
      return `${detail.downstream} has more data than this tool reads (${detail.limit}). Ask for less.`
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

/** Also ends a tool's description in the list, so that a model does not call it in vain. */
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
      return `${downstream} did not accept this sign-in (${said}). Sign in again. If that does not help, the operator of this server has to investigate.`
    case 403:
      return `The signed-in user may not do this in ${downstream} (${said}). An administrator of that resource can grant access.`
    case 404:
      return `${downstream} has nothing by that name, or does not show it to the signed-in user (${said}).`
    default:
      return `${downstream} refused the request (${said}).`
  }
}

const cures: Record<FixedBy, string> = {
  user: 'The signed-in user can fix this; until then, calling again will not help.',
  administrator:
    'An administrator of the organization can change this; until then, calling again will not help.',
  operator: 'Only the operator of this server can fix this; calling again will not help.',
  developer: 'The developer of this client has to fix this; calling again will not help.',
  time: 'Calling again right away makes it worse.',
}
