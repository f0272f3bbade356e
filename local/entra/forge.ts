/**
 * Forged tokens for tests: a valid token with the faults that the test asks for. Signed by hand, since libraries refuse
 * to make most of these.
 */
import { createHmac, KeyObject, sign } from 'node:crypto'
import { exportSPKI, type JWTPayload } from 'jose'
import * as z from 'zod'
import { clients } from '../seed.ts'
import { accessTokenClaims, accessTokenHeader, accessTokenLifetime } from './access-token.ts'
import { servicePrincipalId } from './directory-state.ts'
import { createKey, type SigningKey } from './keys.ts'
import { opaque, type Tenant } from './tenant.ts'

export const forgerySchema = z.strictObject({
  /** `oid` or `upn`; needed unless `appOnly`. */
  user: z.string().exactOptional(),
  /** Client id of the application that requests the token. */
  client: z.string(),
  /** Client id of the resource; the local API unless given. */
  resource: z.string().default(clients.api.clientId),
  /** Short names; unless given, those that a user may consent to. */
  scopes: z.array(z.string()).exactOptional(),
  appOnly: z.boolean().default(false),
  /** Override the valid claims. */
  claims: z.record(z.string(), z.unknown()).default({}),
  /** Claims to leave out. */
  omit: z.array(z.string()).default([]),
  /** Override the valid header. */
  header: z.record(z.string(), z.unknown()).default({}),
  key: z
    .enum([
      'current',
      'previous',
      /** A key that is not published, under the current one's `kid`. */
      'foreign',
      /** The current key, under an unpublished `kid`. */
      'unknown-kid',
      /** The current key, under another published key's `kid`. */
      'other-kid',
      /** `alg` none, no signature. */
      'none',
      /** HS256 with the public key as its secret. */
      'hs256-public',
    ])
    .default('current'),
  /** Seconds from now; may be negative. */
  expiresIn: z.int().exactOptional(),
  /** Seconds from now; may be negative. */
  notBefore: z.int().exactOptional(),
  version: z.union([z.literal(1), z.literal(2)]).exactOptional(),
})
export type Forgery = z.input<typeof forgerySchema>
type ParsedForgery = z.output<typeof forgerySchema>

/** @throws an Error for an unknown app or user, or when the key asked for was withdrawn */
export async function forgeToken(tenant: Tenant, forgery: Forgery): Promise<string> {
  const wanted = forgerySchema.parse(forgery)
  const resource = tenant.directory.app(wanted.resource)
  if (!resource) throw new Error(`no app ${wanted.resource}`)
  const client = tenant.directory.app(wanted.client)
  if (!client) throw new Error(`no app ${wanted.client}`)
  const accessTokenVersion = wanted.version ?? resource.accessTokenVersion
  const consentable = resource.scopes.filter(({ adminOnly }) => !adminOnly)

  const valid = accessTokenClaims(tenant, {
    resource: { ...resource, accessTokenVersion },
    prefix: resource.identifierUris[0] ?? resource.clientId,
    client: { clientId: client.clientId, proof: client.publicClient ? '0' : '1' },
    subject: wanted.appOnly
      ? { application: servicePrincipalId(client.clientId) }
      : {
          user: userOf(tenant, wanted),
          scopes: wanted.scopes ?? consentable.map(({ value }) => value),
        },
    capabilities: [],
    lifetime: accessTokenLifetime(tenant, { continuousAccess: false, capabilities: [] }),
  })
  const claims = { ...valid, ...times(tenant, wanted), ...wanted.claims }
  const payload = Object.entries(claims).filter(([name]) => !wanted.omit.includes(name))
  const { kid, alg, signature } = await signer(tenant, wanted.key)
  const header = {
    ...accessTokenHeader(tenant.keys.current(), accessTokenVersion),
    kid,
    alg,
    ...wanted.header,
  }
  const input = `${encode(header)}.${encode(Object.fromEntries(payload))}`
  return `${input}.${signature(input)}`
}

function userOf({ directory }: Tenant, { user }: ParsedForgery) {
  if (user === undefined) throw new Error('user is needed unless appOnly')
  const found = directory.user(user)
  if (!found) throw new Error(`no user ${user}`)
  return found
}

function times({ clock }: Tenant, { expiresIn, notBefore }: ParsedForgery): JWTPayload {
  const now = clock.seconds()
  return {
    ...(expiresIn === undefined ? {} : { exp: now + expiresIn }),
    ...(notBefore === undefined ? {} : { nbf: now + notBefore }),
  }
}

type Signer = { kid: string; alg: string; signature: (input: string) => string }

async function signer({ keys }: Tenant, key: ParsedForgery['key']): Promise<Signer> {
  const current = keys.current()
  switch (key) {
    case 'current':
      return rs256(current)
    case 'previous':
      return rs256(other(keys.previous()))
    case 'foreign':
      return rs256(await createKey(), current.kid)
    case 'unknown-kid':
      return rs256(current, opaque(20))
    case 'other-kid':
      return rs256(current, other(keys.previous()).kid)
    case 'none':
      return { kid: current.kid, alg: 'none', signature: () => '' }
    case 'hs256-public': {
      const secret = await exportSPKI(current.publicKey)
      return {
        kid: current.kid,
        alg: 'HS256',
        signature: (input) => createHmac('sha256', secret).update(input).digest('base64url'),
      }
    }
  }
}

function rs256({ privateKey, kid }: SigningKey, shown = kid): Signer {
  const key = KeyObject.from(privateKey)
  return {
    kid: shown,
    alg: 'RS256',
    signature: (input) => sign('sha256', Buffer.from(input), key).toString('base64url'),
  }
}

function other(key: SigningKey | undefined): SigningKey {
  if (!key) throw new Error('the previous key was withdrawn')
  return key
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
