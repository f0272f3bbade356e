/**
 * What one browser is known by: a random id, to which sign-ins are bound (RFC 9700 §4.7), and what its person has
 * allowed. All of it is in a sealed `__Host-` cookie (RFC 6265bis §4.1.3.2) and nowhere else.
 */
import { hash, randomBytes } from 'node:crypto'
import { withoutPort } from '../redirect-uri.ts'
import type { Sealed } from '../sealed.ts'
import * as z from '../zod.ts'

export type Browser = {
  id: string
  isAllowed: (allowance: Allowance) => boolean
  /** With what the person has just decided. Forgetting a client forgets all that it was allowed. */
  with: (allowance: Allowance, decision: 'allowed' | 'forgotten') => Browser
  /** For `set-cookie`. */
  cookie: () => string
}

/** What the page showed: a client at one redirect URI, and the scopes of one endpoint. Nothing else is allowed by it. */
export type Allowance = {
  clientHash: string
  redirectUri: string
  /** Name of the endpoint. */
  endpoint: string
  /** Short. */
  scopes: readonly string[]
}

/** `a`: hashes of client and redirect URI, the second until which each counts, hashes of scopes; the latest last. */
export const browserContent = z.object({
  id: z.string(),
  a: z.array(z.tuple([z.string(), z.number(), z.array(z.string())])),
})
type Content = z.output<typeof browserContent>

const name = '__Host-authorization'
/** Seconds. */
export const browserLife = 90 * 24 * 60 * 60
/** Characters of JSON: keeps the cookie under the 4 kB that browsers take. The oldest goes first. */
const longest = 2_500

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

  /** Of a request's cookies; a new one where it has none of ours. */
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

/** Short ones do: scopes are this server's own, so that nobody can look for two with one hash. */
const scopeKeys = ({ endpoint, scopes }: Allowance) =>
  scopes.map((scope) => short([endpoint, scope], 8))
