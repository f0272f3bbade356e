/**
 * GET of a URL that a stranger chose: from public addresses only, so that it cannot look around inside our network.
 * The address is checked after the name is resolved, and the connection goes to that very address (no second look-up
 * to be answered differently). No redirects, no proxy, no cookies, 5 s and 64 KiB for all of it.
 */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, buildConnector, request } from 'undici'
import { withTimeLimit } from '../resilience/time-limit.ts'

/** Throws whatever went wrong, for the log. */
export type PublicGet = (
  url: string,
) => Promise<{ status: number; headers: Record<string, string | undefined>; text: string }>

/** What connects, given what resolves. */
export type Dial = (lookup: LookupFunction) => buildConnector.connector

const timeLimit = 5_000
const maxResponseSize = 64 * 1024

export function publicGet({
  resolve = lookup,
  dial = (lookup) => buildConnector({ lookup, timeout: timeLimit }),
}: {
  resolve?: typeof lookup
  dial?: Dial
} = {}): PublicGet {
  const dispatcher = new Agent({ connect: dial(publicLookup(resolve)), maxResponseSize })
  return (url) =>
    withTimeLimit(timeLimit, async (signal) => {
      // A literal address is never looked up, and no client publishes its document under one.
      if (isIP(new URL(url).hostname.replace(/^\[|\]$/g, ''))) throw new Error('not a host name')
      const { statusCode, headers, body } = await request(url, {
        ...{ dispatcher, signal },
        headers: { accept: 'application/json' },
      })
      const named = Object.entries(headers).map(([name, value]) => [name, value?.toString()])
      return { status: statusCode, headers: Object.fromEntries(named), text: await body.text() }
    })
}

/** Refuses a name if any of its addresses is not public: an attacker would have us try until it is the other one. */
function publicLookup(resolve: typeof lookup): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? new Error('no address'), '', 0)
      const inside = addresses.find(({ address }) => !isPublic(address))
      if (inside) return callback(new Error(`${hostname} is not at a public address`), '', 0)
      if (options.all) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

/** `process`: an IPv4 address inside an IPv6 one counts as what it is. */
export const isPublic = (address: string) => ipaddr.process(address).range() === 'unicast'
