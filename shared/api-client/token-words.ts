/** Describes a token that an API refused, for an operator: its audience and scopes, never the token. */
import { parseJson } from '../json.ts'
import * as z from '../zod.ts'
import type { Bearer } from './connection.ts'

const word = z.string().regex(/^[\w .:/,-]{1,512}$/)
const payload = z.object({ aud: word, scp: word.optional(), ver: word.optional() })

export type TokenWords = { scopes: readonly string[]; words: string }

/**
 * For the log only: the signature is not checked. Entra encrypts the tokens of some APIs.
 * @example describeToken(bearer).words // 'scope user_impersonation for audience https://management.azure.com (v1.0)'
 */
export function describeToken(bearer: Bearer): TokenWords {
  const [, middle = ''] = bearer.reveal().split('.')
  const read = payload.safeParse(parseJson(Buffer.from(middle, 'base64url').toString()))
  if (!read.success) return { scopes: [], words: 'that only it can read' }
  const { aud, scp, ver } = read.data
  const version = ver ? ` (v${ver})` : ''
  const scopes = scp?.split(' ') ?? []
  return { scopes, words: `with scope ${scp ?? 'none'} for audience ${aud}${version}` }
}
