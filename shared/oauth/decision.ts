/** The answers of the sign-in's pages: a response, and what the audit log records of the decision. */
import type { AuditRecord } from '../audit.ts'
import { page } from '../http/page.ts'
import { withParameters } from '../redirect-uri.ts'
import type { OAuthErrorCode } from './oauth-error.ts'

export type Decided = {
  response: Response
  /** Contains no code, state or token; absent while nothing is decided. */
  decision?: Omit<AuditRecord, 'reference'>
}

/** 302, not cached and without a referrer: `location` may contain a code. `cookie`: a `set-cookie` header. */
export function redirect(location: string, cookie?: string): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  headers.set('referrer-policy', 'no-referrer')
  if (cookie) headers.append('set-cookie', cookie)
  return new Response(null, { status: 302, headers })
}

/** The URL that reports an error to the client (RFC 6749 §4.1.2.1, RFC 9207 §2). */
export function errorUrl(options: {
  redirectUri: string
  issuer: string
  state: string | undefined
  error: { code: OAuthErrorCode; message: string }
}): string {
  const { redirectUri, issuer, state, error } = options
  return withParameters(redirectUri, {
    error: error.code,
    // RFC 6749 §4.1.2.1 allows printable ASCII without quotes and backslashes.
    error_description: error.message.replace(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, "'"),
    state,
    iss: issuer,
  })
}

/** A page for a sign-in that cannot go on, without a way to the client. `detail`: for the log. */
export function signInLost(title: string, detail = title): Decided {
  const response = page({
    status: 400,
    title,
    paragraphs: ['Go back to your application and connect again. You can close this page.'],
  })
  return { response, decision: { outcome: 'sign_in_lost', detail } }
}
