/** The necessary parts of a call in their simplest form: jose, a `Map`, the global `fetch`. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as z from 'zod'
import { arm, armScope, authority, clientId, clientSecret } from './settings.ts'

const keys = createRemoteJWKSet(new URL(`${authority}/discovery/v2.0/keys`))

/** @throws jose's error for an invalid token */
export async function verify(token: string) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['RS256'],
    issuer: `${authority}/v2.0`,
    audience: clientId,
    requiredClaims: ['exp', 'scp'],
  })
  return { scopes: String(payload.scp).split(' '), expiresAt: Number(payload.exp) }
}

const tokens = new Map<string, { token: string; expiresAt: number }>()

/** The token for an assertion, cached until five minutes before it expires. */
export async function downstreamToken(assertion: string): Promise<string> {
  const held = tokens.get(assertion)
  if (held && held.expiresAt > Date.now()) return held.token
  const answer = await fetch(`${authority}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      client_id: clientId,
      client_secret: clientSecret,
      scope: armScope,
      assertion,
    }),
  })
  if (!answer.ok) throw new Error(`the exchange got ${answer.status}`)
  const { access_token: token, expires_in } = grant.parse(await answer.json())
  tokens.set(assertion, { token, expiresAt: Date.now() + (expires_in - 300) * 1000 })
  return token
}

const grant = z.object({ access_token: z.string(), expires_in: z.number() })

type Subscription = { id: string; name: string; state: string }

/** One request to ARM. */
export async function subscriptionsOf(token: string): Promise<{ subscriptions: Subscription[] }> {
  const answer = await fetch(`${arm}/subscriptions?api-version=2022-12-01`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
  })
  if (!answer.ok) throw new Error(`ARM answered ${answer.status}`)
  const { value } = page.parse(await answer.json())
  const subscriptions = value.map(({ subscriptionId: id, displayName: name, state }) => ({
    ...{ id, name, state },
  }))
  return { subscriptions }
}

const page = z.object({
  value: z.array(
    z.object({ subscriptionId: z.string(), displayName: z.string(), state: z.string() }),
  ),
})
