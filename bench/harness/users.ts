/** Users with access tokens like Entra's in claims and size, signed with one key. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { apiClientId, clientId, oidOf, tenantId } from '../far-side/directory.ts'

export type User = { oid: string; token: string }

/** Returns `count` users who have not been returned before. */
export type NewUsers = (count: number) => Promise<User[]>

/** The issuer's key, and its key set. */
export function signingKey() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
  return { privateKey, jwks: { keys: [jwk] } }
}

/** Tokens are valid for two hours. */
export function usersOf(options: {
  privateKey: ReturnType<typeof signingKey>['privateKey']
  /** Origin of the issuer. */
  entra: string
}): NewUsers {
  const { privateKey, entra } = options
  let known = 0
  const signIn = async (): Promise<User> => {
    const oid = oidOf(known++)
    const text = `${header}.${encode(claimsOf(oid, `${entra}/${tenantId}/v2.0`))}`
    const signature = await signText('sha256', Buffer.from(text), privateKey)
    return { oid, token: `${text}.${signature.toString('base64url')}` }
  }
  return async (count) => {
    const users: User[] = []
    while (users.length < count) {
      const batch = Math.min(256, count - users.length)
      users.push(...(await Promise.all(Array.from({ length: batch }, signIn))))
    }
    return users
  }
}

const kid = 'bench'
/** In the thread pool, to use all processors. */
const signText = promisify(sign)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ typ: 'JWT', alg: 'RS256', kid })

function claimsOf(oid: string, iss: string) {
  const now = Math.floor(Date.now() / 1000)
  return {
    ...{ aud: apiClientId, iss, iat: now, nbf: now, exp: now + 2 * 60 * 60 },
    ...{ aio: randomBytes(60).toString('base64url'), rh: randomBytes(40).toString('base64url') },
    ...{
      azp: clientId,
      azpacr: '1',
      oid,
      tid: tenantId,
      sub: randomBytes(32).toString('base64url'),
    },
    ...{ name: 'A user', preferred_username: `${oid}@contoso.example`, scp: 'cost.read' },
    ...{ uti: randomBytes(16).toString('base64url'), ver: '2.0', xms_cc: ['cp1'] },
  }
}
