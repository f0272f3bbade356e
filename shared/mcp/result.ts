/** What a model gets to read: a tool's data, or one of our own sentences. Nothing that an API or an exception said. */
import type { CallToolResult } from '@modelcontextprotocol/server'
import { Failure, type FailureDetail } from '../failure.ts'
import type { JsonObject } from './tool.ts'

/** Structured, and mirrored as text for clients that read only that (MCP, "Structured Content"). */
export function dataResult(data: JsonObject): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data }
}

/** Of an error that nobody foresaw it says nothing: that one is answered over HTTP. */
export function failureResult(error: unknown, reference: string): CallToolResult {
  const said = error instanceof Failure ? sentence(error.detail) : 'The call failed.'
  const text = `${said} (reference ${reference})`
  return { content: [{ type: 'text', text }], isError: true }
}

function sentence(detail: FailureDetail): string {
  switch (detail.reason) {
    case 'arguments_refused':
      return `The arguments are not right: ${detail.problems.join('; ')}.`
    case 'app_role_missing':
      return roleSentence(detail.roles)
    case 'consent_required':
      return 'Nobody has consented yet to this server calling the API behind this tool for the signed-in user. An administrator can grant it to this server’s app registration (API permissions, grant admin consent); calling again before that will not help.'
    case 'exchange_refused':
      return `Microsoft Entra refused to let this server act for the signed-in user${aadsts(detail.code)}. This is final: an administrator of the organization can look it up in Entra’s sign-in log.`
    case 'client_refused':
      return `Microsoft Entra does not accept this server’s own registration or credential${aadsts(detail.code)}. Only the server’s operator can mend that.`
    case 'downstream_refused':
      return downstreamSentence(detail)
    case 'downstream_throttled': {
      const when = detail.retryAfterSeconds
      return `${detail.downstream} is limiting how often it may be asked. Try again ${when ? `in ${when} seconds` : 'later'}.`
    }
    case 'downstream_failed':
      return `${detail.downstream} did not give a usable answer${detail.status ? ` (HTTP ${detail.status})` : ''}. Try again later.`
    // Answered over HTTP, so that no model reads about them (http/refusal.ts).
    case 'token_missing':
    case 'token_refused':
    case 'scope_missing':
    case 'interaction_required':
    case 'assertion_expired':
    case 'entra_unreachable':
      return 'The request was refused.'
  }
}

/** Also at the end of a tool's description in the list, so that a model does not call in vain. */
export const roleSentence = (roles: readonly string[]) =>
  `The signed-in user lacks the app role ${roles.join(' and ')}. An administrator can assign it in Microsoft Entra (Enterprise applications, this API, Users and groups); it takes effect at the next sign-in.`

function downstreamSentence({
  downstream,
  status,
  code,
}: Extract<FailureDetail, { reason: 'downstream_refused' }>): string {
  const said = code ? `${status} ${code}` : `${status}`
  // Cost Management says 401 of rights too.
  switch (code === 'RBACAccessDenied' ? 403 : status) {
    case 401:
      return `${downstream} did not accept this sign-in (${said}). Sign in again; should that not help, the server’s operator has to look into it.`
    case 403:
      return `The signed-in user may not do this in ${downstream} (${said}). Whoever administers that resource can grant access.`
    case 404:
      return `${downstream} knows nothing of that name, or does not show it to the signed-in user (${said}).`
    default:
      return `${downstream} refused the request (${said}).`
  }
}

const aadsts = (code: number | undefined) => (code ? ` (AADSTS${code})` : '')
