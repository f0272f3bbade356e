/**
 * Dynamic client registration (RFC 7591) that stores nothing: the client id is the registration, sealed. Clients are
 * public ones; there is no secret to hand out, and nothing that a flood of registrations could fill.
 */
import { parseJson } from '../json.ts'
import { redirectUri } from '../redirect-uri.ts'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'
import { longestClientId } from './client.ts'
import { OAuthError } from './oauth-error.ts'

export type Registration = { name: string; redirectUris: readonly string[] }

export type Registrations = {
  /** Answers the request of RFC 7591 §3.1. Throws an {@link OAuthError}. */
  register: (body: string) => Response
  /** None for an id that is not one of ours, or sealed with a key that is gone. */
  open: (clientId: string) => Registration | undefined
}

/** Short names: every client id holds them. */
const content = z.object({ n: z.string(), r: z.array(z.string()) })
export const registrationContent = content

/** Bytes. */
const longestBody = 16 * 1024
const mostRedirectUris = 10
const longestName = 100

export function registrations(options: {
  sealed: Sealed<z.output<typeof content>>
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
      // RFC 7591 §3.2.1: what was registered, which may differ from what was asked.
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

export const redirectUris = z.array(redirectUri).min(1).max(mostRedirectUris)

/** What a client calls itself, on one line. */
export const clientName = z.string().transform((name) =>
  name
    // Blank, or invisible (Unicode UAX #44, Default_Ignorable_Code_Point).
    .replace(/[\p{C}\p{DI}\s\u2800]+/gu, ' ')
    // Marks piled up would cover what stands above and below.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
    .slice(0, longestName),
)

const request = z.object({
  client_name: clientName.default('').transform((name) => name || 'An application without a name'),
  redirect_uris: redirectUris,
  /** Told back; it does not limit what is asked for later. */
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
