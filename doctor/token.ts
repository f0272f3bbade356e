/**
 * Explains whether and why this server accepts a token. Verifies the signature, then tests each claim separately: the
 * app's own validator gets an otherwise valid token with that one claim of the given token, so that all messages are the
 * server's. Nothing is stored or sent, and the token is never printed.
 */
import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose'
import { accessTokenValidator } from '../shared/entra/access-token.ts'
import type { Caller } from '../shared/entra/caller.ts'
import { keySet } from '../shared/entra/key-set.ts'
import { Failure } from '../shared/failure.ts'
import type { Settings } from '../shared/settings.ts'
import type { Subject } from './check.ts'

export type Explanation = {
  /** Whether this server accepts the token, and its message if not. */
  verdict: { taken: boolean; says: string }
  /** Whether Entra signed it; if not, the claims prove nothing. */
  isSigned: boolean
  claims: { claim: string; value: string; taken: boolean; says: string }[]
  /** For an accepted token: what it lacks for each tool. */
  tools: { endpoint: string; tool: string; lacks: string[] }[]
}

/** The claims that the server checks, in its order; others are not shown. */
const claimNames = [
  'iss',
  'aud',
  'ver',
  'tid',
  'exp',
  'nbf',
  'iat',
  'oid',
  'azp',
  'cnf',
  'idtyp',
  'scp',
  'roles',
  'acct',
  'xms_cc',
  'acrs',
] as const

/** @param text the token, with or without `Bearer` */
export async function explainToken(subject: Subject, text: string): Promise<Explanation> {
  const token = text.trim().replace(/^Bearer\s+/i, '')
  const { settings, authority } = await subject.services()
  const { clientId, allowedClients, guests } = settings
  const { fetch, now } = subject
  const keys = keySet({ authority, fetch, now })
  const judge = { authority, clientId, allowedClients, guests, now }
  const verdictOf = accessTokenValidator({ ...judge, keys })

  const outcome = await verdictOf(token).catch(failureOf)
  const isSigned = await keys.read().then(() =>
    compactVerify(token, (header) => keys.keyFor(header), { algorithms: ['RS256'] }).then(
      () => true,
      () => false,
    ),
  )
  const payload = payloadOf(token)
  const [firstClient = clientId] = allowedClients
  const sound = {
    ...{ iss: authority.issuer, aud: clientId, ver: '2.0', tid: authority.tenantId },
    ...{ oid: 'doctor', azp: firstClient, scp: 'doctor', acct: 0 },
    ...{ iat: seconds(now()), nbf: seconds(now()), exp: seconds(now()) + 600 },
  }
  const tryClaims = await trial({ ...judge, sound })
  const isJwt = Object.keys(payload).length > 0
  const claims = (isJwt ? claimNames : []).map(async (claim) => ({
    claim,
    value: shown(claim, payload[claim]),
    ...(await tryClaims(claim, payload[claim])),
  }))
  return {
    verdict:
      outcome instanceof Failure
        ? { taken: false, says: says(outcome) }
        : { taken: true, says: 'This server accepts the token' },
    isSigned,
    claims: (await Promise.all(claims)).filter(({ value, taken }) => value !== absent || !taken),
    tools: outcome instanceof Failure ? [] : toolsFor(outcome, subject, settings),
  }
}

const absent = '(absent)'
const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000)

const failureOf = (error: unknown): Failure => {
  if (error instanceof Failure) return error
  throw error
}

const says = ({ detail, message }: Failure) =>
  detail.reason === 'token_refused' ? detail.description : message

/** Empty when `token` is not a JWT. */
function payloadOf(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}

function shown(claim: string, value: unknown): string {
  if (value === undefined) return absent
  const isTime = ['exp', 'nbf', 'iat'].includes(claim) && typeof value === 'number'
  const time = isTime ? `, ${new Date(value * 1000).toISOString()}` : ''
  return `${JSON.stringify(value).slice(0, 200)}${time}`
}

/** The validator with the doctor's own key, which signs one trial token for each claim. */
async function trial({
  sound,
  ...judge
}: Omit<Parameters<typeof accessTokenValidator>[0], 'keys'> & { sound: JWTPayload }) {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const find = createLocalJWKSet({ keys: [await exportJWK(publicKey)] })
  const keys = { keyFor: find, identify: () => undefined, read: async () => {} }
  const validate = accessTokenValidator({ ...judge, keys })
  return async (claim: string, value: unknown) => {
    const payload = { ...sound, [claim]: value }
    const token = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    const outcome = await validate(token).catch(failureOf)
    return outcome instanceof Failure
      ? { taken: false, says: says(outcome) }
      : { taken: true, says: '' }
  }
}

const toolsFor = (caller: Caller, { endpoints }: Subject, settings: Settings) =>
  endpoints.flatMap(({ name, tools }) =>
    tools.map((tool) => {
      const { scopes, roles, acrs, actors } = tool.access.missing(caller, settings)
      const lacks = [
        ...scopes.map((it) => `scope ${it}`),
        ...roles.map((it) => `app role ${it}`),
        ...acrs.map((it) => `authentication context ${it}`),
        ...actors.map((it) =>
          it === 'agent' ? 'an agent as the actor' : 'a person at the client',
        ),
      ]
      return { endpoint: name, tool: tool.name, lacks }
    }),
  )

/** The explanation as text. */
export function explanationLines({ verdict, isSigned, claims, tools }: Explanation): string[] {
  return [
    verdict.taken ? `✓ ${verdict.says}` : `✗ ${verdict.says}`,
    ...(isSigned || claims.length === 0
      ? []
      : ['  Its signature is invalid, so the claims below prove nothing:']),
    ...claims.map(
      ({ claim, value, taken, says }) =>
        `  ${taken ? '✓' : '✗'} ${claim.padEnd(6)} ${value}${says ? `\n           ${says}` : ''}`,
    ),
    ...(tools.length === 0 ? [] : ['Tools']),
    ...tools.map(
      ({ endpoint, tool, lacks }) =>
        `  ${lacks.length === 0 ? '✓' : '✗'} /mcp/${endpoint} ${tool}${lacks.length === 0 ? '' : `: lacks ${lacks.join(', ')}`}`,
    ),
  ]
}
