/**
 * Dynamic client registration (RFC 7591) without storage: the client id is the sealed registration. All clients are
 * public, so there is no secret to issue, and a flood of registrations fills nothing.
 */
import { parseJson } from '../json.ts'
import { redirectUri } from '../redirect-uri.ts'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'
import { longestClientId } from './client.ts'
import { OAuthError } from './oauth-error.ts'

export type Registration = { name: string; redirectUris: readonly string[] }

export type Registrations = {
  /**
   * Answers a registration request (RFC 7591 §3.1).
   * @throws an {@link OAuthError}
   */
  register: (body: string) => Response
  /** Undefined for an id that we did not issue, or whose key is no longer configured. */
  open: (clientId: string) => Registration | undefined
}

/** The content of a sealed client id: short names, since every id contains them. */
export const registrationContent = z.object({ n: z.string(), r: z.array(z.string()) })

/** Bytes. */
const longestBody = 16 * 1024
const mostRedirectUris = 10
const longestName = 100

/** `sealed`: without a lifetime, since a registration does not expire. */
export function registrations(options: {
  sealed: Sealed<z.output<typeof registrationContent>>
  /** Milliseconds since 1970. */
  now: () => number
}): Registrations {
  const { sealed, now } = options
  return {
    register(body) {
      const { client_name, redirect_uris, ...more } = parseRequest(body)
      const id = sealed.close({ n: client_name, r: redirect_uris })
      if (id.length > longestClientId) {
        throw new OAuthError(
          'invalid_client_metadata',
          'The name and redirect URIs are too long together: register fewer or shorter ones',
        )
      }
      // RFC 7591 §3.2.1: what was registered, which may differ from the request.
      const registered = {
        client_id: id,
        client_id_issued_at: Math.floor(now() / 1000),
        client_name,
        redirect_uris,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        ...more,
      }
      return Response.json(registered, { status: 201, headers: { 'cache-control': 'no-store' } })
    },
    open(clientId) {
      const opened = sealed.open(clientId)
      return typeof opened === 'string' ? undefined : { name: opened.n, redirectUris: opened.r }
    },
  }
}

/** One to ten, as in a registration and in a client id metadata document. */
const redirectUrisRule = `must be a list of 1 to ${mostRedirectUris} URIs`
export const redirectUris = z
  .array(redirectUri, redirectUrisRule)
  .min(1, redirectUrisRule)
  .max(mostRedirectUris, redirectUrisRule)

/** A client's name, on one line. */
export const clientName = z.string().transform((name) =>
  name
    // Blank, or invisible (Unicode UAX #44, Default_Ignorable_Code_Point).
    .replace(/[\p{C}\p{DI}\s\u2800]+/gu, ' ')
    // Stacked combining marks would cover the lines above and below.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
    .slice(0, longestName),
)

const request = z.object({
  client_name: clientName.default('').transform((name) => name || 'An application without a name'),
  redirect_uris: redirectUris,
  /** Returned in the answer; does not limit later requests. */
  scope: z.string().max(2_000).optional(),
  application_type: z.enum(['native', 'web']).optional().catch(undefined),
})

function parseRequest(body: string): z.output<typeof request> {
  if (body.length > longestBody) {
    throw new OAuthError('invalid_client_metadata', 'The registration is too large')
  }
  const parsed = request.safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  const isRedirect = field.startsWith('redirect_uris')
  const description = field ? `${field} ${issue?.message}` : 'The body must be a JSON object'
  throw new OAuthError(
    isRedirect ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    description.slice(0, 300),
  )
}
