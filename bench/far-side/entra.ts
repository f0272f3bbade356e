/**
 * The part of Entra that an On-Behalf-Of exchange uses, as cheap as possible, so that the benchmarks measure the subject:
 * it checks nothing, and its tokens have realistic sizes but no valid signature. local/entra is the strict emulator.
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

/** Answers an exchange for the user in the assertion. */
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

/** `oid` of a token. Does not check the signature. */
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

/** Padding: a token for ARM has about 2,000 characters. */
const groups = Array.from({ length: 20 }, () => randomBytes(18).toString('hex'))
const signature = randomBytes(256).toString('base64url')

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'RS256', typ: 'JWT', kid: 'downstream' })
const jwt = (claims: object) => `${header}.${encode(claims)}.${signature}`

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
