/**
 * Finds what refusals.ts knows of a refusal: by number; one that is not there is sorted by `error`, `suberror` and
 * `claims`, never by its text.
 */
import { byClass, type Refusal, type RefusalClass, refusals } from './refusals.ts'

/** What is known of a refusal: at the token endpoint all of it, on a redirect the code at most. */
export type RefusalFields = {
  error: string
  suberror?: string | undefined
  claims?: string | undefined
  error_codes: readonly number[]
}

export type LookedUp = Refusal & { code: number | undefined }

export function lookUp(fields: RefusalFields): LookedUp {
  const code = fields.error_codes.find((it) => refusals.has(it))
  const known = code === undefined ? undefined : refusals.get(code)
  return { ...(known ?? byClass[classOf(fields)]), code: code ?? fields.error_codes[0] }
}

const signInErrors = ['interaction_required', 'login_required']
const signInSuberrors = ['basic_action', 'additional_action']
const staleSuberrors = ['bad_token', 'user_password_expired']

function classOf({ error, suberror, claims }: RefusalFields): RefusalClass {
  // Microsoft's own word for: a sign-in would only show a message.
  if (suberror === 'message_only') return 'final'
  if (suberror === 'consent_required' || error === 'consent_required') return 'consent'
  if (staleSuberrors.includes(suberror ?? '')) return 'stale'
  if (claims || signInErrors.includes(error) || signInSuberrors.includes(suberror ?? '')) {
    return 'sign_in'
  }
  return error === 'invalid_client' || error === 'unauthorized_client' ? 'client' : 'final'
}
