/**
 * What one browser is known by: a random id, to which sign-ins are bound (RFC 9700 §4.7), and the clients that its
 * person has allowed. All of it is in a sealed `__Host-` cookie (RFC 6265bis §4.1.3.2) and nowhere else.
 */
import { hash, randomBytes } from 'node:crypto'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'

export type Browser = {
  id: string
  isAllowed: (client: ClientAddress) => boolean
  /** With what the person has just decided about a client. */
  with: (client: ClientAddress, decision: 'allowed' | 'forgotten') => Browser
  /** For `set-cookie`. */
  cookie: () => string
}

/** Allowing a client allows it at one redirect URI. */
export type ClientAddress = { clientHash: string; redirectUri: string }

/** `a`: hashes of client and redirect URI with the second until which each counts, the latest last. */
export const browserContent = z.object({
  id: z.string(),
  a: z.array(z.tuple([z.string(), z.number()])),
})
type Content = z.output<typeof browserContent>

const name = '__Host-authorization'
/** Seconds. */
export const browserLife = 90 * 24 * 60 * 60
/** Keeps the cookie well under the 4 kB that browsers take. */
const mostAllowed = 40

export function browsers(options: { sealed: Sealed<Content>; now: () => number }) {
  const { sealed } = options
  const seconds = () => Math.floor(options.now() / 1000)

  const browser = ({ id, a }: Content): Browser => ({
    id,
    isAllowed: (client) => a.some(([key, until]) => key === keyOf(client) && until > seconds()),
    with(client, decision) {
      const key = keyOf(client)
      const others = a.filter(([each, until]) => each !== key && until > seconds())
      const added: Content['a'] = decision === 'allowed' ? [[key, seconds() + browserLife]] : []
      return browser({ id, a: [...others, ...added].slice(-mostAllowed) })
    },
    cookie: () =>
      `${name}=${sealed.close({ id, a })}; Path=/; Max-Age=${browserLife}; Secure; HttpOnly; SameSite=Lax`,
  })

  /** Of a request's cookies; a new one where it has none of ours. */
  return (cookies: string | null): Browser & { isNew: boolean } => {
    const [, text] = new RegExp(`(?:^|;\\s*)${name}=([^;\\s]+)`).exec(cookies ?? '') ?? []
    const known = text === undefined ? 'altered' : sealed.open(text)
    if (typeof known !== 'string') return { ...browser(known), isNew: false }
    return { ...browser({ id: randomBytes(16).toString('base64url'), a: [] }), isNew: true }
  }
}

/** The port of a loopback URI is another each time. */
const keyOf = ({ clientHash, redirectUri }: ClientAddress) =>
  hash(
    'sha256',
    JSON.stringify([clientHash, redirectUri.replace(/^(http:\/\/[^/?]+?):\d+/, '$1')]),
    'base64url',
  ).slice(0, 22)
