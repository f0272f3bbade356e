/**
 * A browser's random id, to which sign-ins are bound (RFC 9700 §4.7), and the clients that its user has allowed. Both
 * are kept in a sealed `__Host-` cookie (RFC 6265bis §4.1.3.2) and nowhere else.
 */
import { hash, randomBytes } from 'node:crypto'
import { withoutPort } from '../redirect-uri.ts'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'

export type Browser = {
  id: string
  isAllowed: (allowance: Allowance) => boolean
  /** The browser after a decision. Forgetting a client removes all that it was allowed. */
  with: (allowance: Allowance, decision: 'allowed' | 'forgotten') => Browser
  /** For `set-cookie`. */
  cookie: () => string
}

/** What the consent page showed, and nothing more: a client at one redirect URI, and scopes of one endpoint. */
export type Allowance = {
  clientHash: string
  redirectUri: string
  /** Name of the endpoint. */
  endpoint: string
  /** Short names, as in `scp`. */
  scopes: readonly string[]
}

/**
 * `a`: for each allowed client the hash of its id and redirect URI, the end of the allowance in seconds since 1970, and
 * the hashes of the scopes; the latest is last. Short, since a cookie contains it.
 */
export const browserContent = z.object({
  id: z.string(),
  a: z.array(z.tuple([z.string(), z.number(), z.array(z.string())])),
})
type Content = z.output<typeof browserContent>

const name = '__Host-authorization'
/** Seconds. */
export const browserLife = 90 * 24 * 60 * 60
/** Characters of JSON: the cookie stays below the 4 kB that browsers accept. The oldest entry is dropped first. */
const longest = 2_500

/** `now`: milliseconds since 1970. */
export function browsers(options: { sealed: Sealed<Content>; now: () => number }) {
  const { sealed } = options
  const seconds = () => Math.floor(options.now() / 1000)

  const browser = ({ id, a }: Content): Browser => {
    const live = a.filter(([, until]) => until > seconds())
    const allowed = (allowance: Allowance) =>
      live.find(([key]) => key === clientKey(allowance))?.[2]
    return {
      id,
      isAllowed(allowance) {
        const scopes = allowed(allowance)
        return scopes !== undefined && scopeKeys(allowance).every((it) => scopes.includes(it))
      },
      with(allowance, decision) {
        const key = clientKey(allowance)
        const others = live.filter(([each]) => each !== key)
        if (decision === 'forgotten') return browser({ id, a: others })
        const scopes = [...new Set([...(allowed(allowance) ?? []), ...scopeKeys(allowance)])]
        return browser({ id, a: fitting([...others, [key, seconds() + browserLife, scopes]]) })
      },
      cookie: () =>
        `${name}=${sealed.close({ id, a })}; Path=/; Max-Age=${browserLife}; Secure; HttpOnly; SameSite=Lax`,
    }
  }

  /** Reads a request's `cookie` header. A new browser if our cookie is missing or invalid. */
  return (cookies: string | null): Browser & { isNew: boolean } => {
    const [, text] = new RegExp(`(?:^|;\\s*)${name}=([^;\\s]+)`).exec(cookies ?? '') ?? []
    const known = text === undefined ? 'altered' : sealed.open(text)
    if (typeof known !== 'string') return { ...browser(known), isNew: false }
    return { ...browser({ id: randomBytes(16).toString('base64url'), a: [] }), isNew: true }
  }
}

function fitting(all: Content['a']): Content['a'] {
  const first = all.findIndex((_, index) => JSON.stringify(all.slice(index)).length <= longest)
  return all.slice(first)
}

const short = (values: readonly string[], characters: number) =>
  hash('sha256', JSON.stringify(values), 'base64url').slice(0, characters)

const clientKey = ({ clientHash, redirectUri }: Allowance) =>
  short([clientHash, withoutPort(redirectUri)], 22)

/** Short hashes suffice: scopes are defined by this server, so a collision cannot be constructed. */
const scopeKeys = ({ endpoint, scopes }: Allowance) =>
  scopes.map((scope) => short([endpoint, scope], 8))
