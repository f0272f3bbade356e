/** The authorization endpoint over HTTP: turns outcomes into pages and redirects. */
import { authorize } from './authorize.ts'
import { answerBrowser, answerOf, type FrontChannelRequest, redirect } from './return-address.ts'
import { approvalPage, consentPage, pickUserPage } from './sign-in-pages.ts'
import { opaque, type Tenant } from './tenant.ts'

/** `posted` answers come from the forms of sign-in-pages.ts. */
export function answerAuthorize(tenant: Tenant, request: FrontChannelRequest): Promise<Response> {
  const { posted, note } = request
  return answerBrowser(tenant, request, (parameters, address) => {
    const { client } = address
    const answers = posted
      ? {
          mfa: answerOf(parameters, { name: 'mfa', among: ['approve', 'deny'] }),
          decision: answerOf(parameters, { name: 'decision', among: ['accept', 'decline'] }),
        }
      : {}
    const outcome = authorize(tenant, { parameters, address, answers })
    const asked = parameters.entries().filter(([name]) => !['mfa', 'decision'].includes(name))
    if (outcome.next === 'pick-user') return pickUserPage({ ...outcome, client, fields: asked })

    note.user = outcome.user.oid
    switch (outcome.next) {
      case 'approve':
        return approvalPage({ ...outcome, client, fields: asked })
      case 'consent': {
        const fields = [...asked, ...(answers.mfa ? [['mfa', answers.mfa] as const] : [])]
        return consentPage({ ...outcome, client, fields })
      }
      case 'return': {
        const state = parameters.optional('state')
        return redirect(address, { code: outcome.code, state, session_state: opaque(16) })
      }
    }
  })
}
