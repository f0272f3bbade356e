/** Reads a claims challenge (Microsoft, "Claims challenges, claims requests, and client capabilities"). */
import { parseJson } from '../json.ts'
import * as z from '../zod.ts'

/** The claims that an API requires of a new token, as JSON; undefined if the challenge is about something else. */
export function parseClaimsChallenge(
  wwwAuthenticate: string | string[] | undefined,
): string | undefined {
  const challenge = [wwwAuthenticate ?? []].flat().join(', ')
  if (!/error="?insufficient_claims"?/.test(challenge)) return undefined
  const [, claims = ''] = /claims="([A-Za-z0-9+/_-]+={0,2})"/.exec(challenge) ?? []
  const json = Buffer.from(claims, 'base64').toString()
  return claimsRequest.safeParse(parseJson(json)).success ? json : undefined
}

/** OpenID Connect Core §5.5, as far as MSAL relies on it when it adds the app's capabilities. */
const claimsRequest = z.looseObject({ access_token: z.looseObject({}).optional() })
