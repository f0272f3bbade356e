/**
 * Looks up an Entra error in aadsts-errors.ts: by number, else by `error`, `suberror` and `claims`, never by its text.
 */
import {
  type AadstsError,
  aadstsErrors,
  byClass,
  byError,
  type ErrorClass,
} from './aadsts-errors.ts'

/** The fields of an error: all of them at the token endpoint, at most the number on a redirect. */
export type ErrorFields = {
  error: string
  suberror?: string | undefined
  claims?: string | undefined
  error_codes: readonly number[]
}

/** A redirect has no list of codes: the number starts the description, of which nothing else is used. */
export function redirectFields(error: string, parameters: URLSearchParams): ErrorFields {
  const declined = parameters.get('error_subcode') === 'cancel'
  const [, number] = /^AADSTS(\d{1,9})\b/.exec(parameters.get('error_description') ?? '') ?? []
  return { error, error_codes: declined ? [65004] : number ? [Number(number)] : [] }
}

export type LookedUp = AadstsError & { code: number | undefined }

/** Never fails: an unknown error is `final`. `code`: the first known number of the answer, else its first. */
export function lookUp(fields: ErrorFields): LookedUp {
  const code = fields.error_codes.find((it) => aadstsErrors.has(it))
  const known = code === undefined ? undefined : aadstsErrors.get(code)
  return {
    ...(known ?? byError[fields.error] ?? byClass[classOf(fields)]),
    code: code ?? fields.error_codes[0],
  }
}

/** For a person: the sentence, with the number by which an administrator finds the error in Entra's sign-in log. */
export const sentenceOf = ({ person, code }: Pick<LookedUp, 'person' | 'code'>): string =>
  code ? `${person} (AADSTS${code})` : person

/** For the log: without what the person is told. */
export const factsOf = ({ code, fixedBy, operator }: LookedUp): string =>
  `AADSTS${code ?? ' unknown'}, fixed by ${fixedBy}: ${operator}`

const signInErrors = ['interaction_required', 'login_required']
const signInSuberrors = ['basic_action', 'additional_action']
const staleSuberrors = ['bad_token', 'user_password_expired']

function classOf({ error, suberror, claims }: ErrorFields): ErrorClass {
  // A sign-in would only show a message (Microsoft's definition).
  if (suberror === 'message_only') return 'final'
  if (suberror === 'consent_required' || error === 'consent_required') return 'consent'
  if (staleSuberrors.includes(suberror ?? '')) return 'stale'
  if (claims || signInErrors.includes(error) || signInSuberrors.includes(suberror ?? '')) {
    return 'sign_in'
  }
  return error === 'invalid_client' || error === 'unauthorized_client' ? 'client' : 'final'
}
