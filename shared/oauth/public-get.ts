/**
 * GET of a URL that a stranger chose, from public addresses only, so that it cannot reach our own network (SSRF). The
 * address is checked after the name is resolved, and the connection goes to that address without another look-up. No
 * redirects, no proxy, no cookies; 5 s and 64 KiB for the whole answer.
 */
import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, buildConnector } from 'undici'
import { withTimeLimit } from '../resilience/time-limit.ts'
import { target } from '../target.ts'

/** Rejects with any error, which is for the log. */
export type PublicGet = (
  url: string,
) => Promise<{ status: number; headers: Record<string, string | undefined>; text: string }>

/** Creates the connector from the look-up function. */
export type Dial = (lookup: LookupFunction) => buildConnector.connector

const timeLimit = 5_000
const maxResponseSize = 64 * 1024

/** One pool of connections per process. */
export function publicGet({
  resolve = resolvePublic,
  dial = (lookup) => buildConnector({ lookup, timeout: timeLimit }),
}: {
  /** Every address of a name. */
  resolve?: (hostname: string) => Promise<readonly string[]>
  dial?: Dial
} = {}): PublicGet {
  const dispatcher = new Agent({ connect: dial(publicLookup(resolve)), maxResponseSize })
  return (url) =>
    withTimeLimit(timeLimit, async (signal) => {
      // The look-up is skipped for a literal address, and no client publishes its document under one.
      if (isIP(new URL(url).hostname.replace(/^\[|\]$/g, ''))) throw new Error('not a host name')
      const { statusCode, headers, body } = await dispatcher.request({
        ...{ ...target(url), method: 'GET', signal },
        headers: { accept: 'application/json' },
      })
      const named = Object.entries(headers).map(([name, value]) => [name, value?.toString()])
      return { status: statusCode, headers: Object.fromEntries(named), text: await body.text() }
    })
}

/**
 * DNS only, without /etc/hosts. Not `dns.lookup`: a slow name server of a stranger would block one of the four threads
 * that our own look-ups need.
 */
const resolver = new Resolver({ timeout: 2_000, tries: 1 })
async function resolvePublic(hostname: string): Promise<string[]> {
  const both = [resolver.resolve4(hostname), resolver.resolve6(hostname)]
  return (await Promise.allSettled(both)).flatMap((it) =>
    it.status === 'fulfilled' ? it.value : [],
  )
}

/** Refuses a name if any of its addresses is not public: an attacker could make us retry until it is chosen. */
function publicLookup(resolve: (hostname: string) => Promise<readonly string[]>): LookupFunction {
  const publicAddresses = async (hostname: string) => {
    const addresses = await resolve(hostname)
    if (addresses.length === 0) throw new Error(`${hostname} has no address`)
    if (!addresses.every(isPublic)) throw new Error(`${hostname} is not at a public address`)
    return addresses.map((address) => ({ address, family: isIP(address) }))
  }
  return (hostname, { all }, callback) => {
    publicAddresses(hostname).then(
      (addresses) => {
        const [first] = addresses
        if (all || !first) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }
}

/** Azure's platform address in every virtual network, although it is in a public range. */
const wireServer = '168.63.129.16'
const global6 = ipaddr.IPv6.parseCIDR('2000::/3')

/** Not public: IPv6 addresses that embed an IPv4 address. No client's name server returns such an address. */
export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast' || address.toString() === wireServer) return false
  return address instanceof ipaddr.IPv4 || address.match(global6)
}
