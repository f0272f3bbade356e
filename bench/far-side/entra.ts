/**
 * As much of Entra as an On-Behalf-Of exchange meets, as cheap as can be, so that the subject is what is measured: it
 * checks nothing, and its tokens are of the usual size but not signed. That the product is refused what it should be
 * is for the emulator in local/, not for this.
 */
import { randomBytes } from 'node:crypto'
import { apiClientId, tenantId } from './directory.ts'

export type Answer = { status: number; body: unknown }

export const discovery = (origin: string) => ({
  issuer: `${origin}/${tenantId}/v2.0`,
  jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
  token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
  authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
})

export function tokenAnswer(form: string, origin: string): Answer {
  const oid = oidIn(new URLSearchParams(form).get('assertion') ?? '')
  if (!oid) return { status: 400, body: { error: 'invalid_grant', error_codes: [50013] } }
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, nbf: now, exp: now + lifetime }
  const user = { oid, tid: tenantId, sub: oid, preferred_username: `${oid}@contoso.example` }
  const issued = { iss: `${origin}/${tenantId}/v2.0`, ...times, ...user }
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      scope: 'https://management.azure.com/user_impersonation',
      expires_in: lifetime,
      ext_expires_in: lifetime,
      access_token: jwt({ aud: 'https://management.azure.com', ...issued, groups }),
      refresh_token: randomBytes(900).toString('base64url'),
      id_token: jwt({ aud: apiClientId, ...issued }),
      client_info: encode({ uid: oid, utid: tenantId }),
    },
  }
}

/** The user whom a token names. The signature is not checked. */
export function oidIn(token: string): string | undefined {
  const [, payload = ''] = token.split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return isObject(claims) && typeof claims.oid === 'string' ? claims.oid : undefined
  } catch {
    return undefined
  }
}

export const throttled: Answer = {
  status: 503,
  body: { error: 'temporarily_unavailable', error_codes: [90033] },
}

/** Seconds. */
const lifetime = 4500

/** A token for ARM has some 2,000 characters. */
const groups = Array.from({ length: 20 }, () => randomBytes(18).toString('hex'))
const signature = randomBytes(256).toString('base64url')

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'RS256', typ: 'JWT', kid: 'downstream' })
const jwt = (claims: object) => `${header}.${encode(claims)}.${signature}`

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
