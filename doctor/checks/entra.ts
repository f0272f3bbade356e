/** Entra's discovery document, issuer and signing keys, read like the app does; and the server's clock. */
import { causes } from '../../shared/audit.ts'
import type { Check, Finding, Subject } from '../check.ts'

/** Seconds, for the network's delay. */
const tolerated = 60

export const entraCheck: Check = {
  name: 'entra',
  title: 'Issuer, keys and clock',
  async look(subject, say) {
    const { authority, readKeys, settings } = await subject.services()
    try {
      await readKeys()
    } catch (error) {
      return [
        {
          seen: `The tenant’s signing keys cannot be read: ${causes(error)}`,
          expected: `${authority.discovery} names ${authority.issuer} as its issuer, and its keys`,
          who: 'operator',
          how: `Correct ENTRA_TENANT_ID (${settings.tenantId}) and ENTRA_AUTHORITY_HOST (${settings.authorityHost}), or allow connections from this network to it`,
        },
      ]
    }
    say(`Tokens are issued by ${authority.issuer}`)
    const [ours, entras] = await Promise.all([
      dateOf(subject, `${subject.origin}/healthz`),
      dateOf(subject, authority.discovery),
    ])
    if (ours === undefined || entras === undefined) return []
    const seconds = Math.round((ours - entras) / 1000)
    return Math.abs(seconds) <= tolerated ? [] : [wrongClock(seconds)]
  },
}

/** The response's Date in milliseconds since the epoch, if it has one. */
async function dateOf({ fetch }: Subject, url: string): Promise<number | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  await response?.body?.cancel()
  const date = Date.parse(response?.headers.get('date') ?? '')
  return Number.isNaN(date) ? undefined : date
}

const wrongClock = (seconds: number): Finding => ({
  seen: `The server’s clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} Entra’s`,
  expected: `At most ${tolerated} s: the server compares its clock with the times in tokens (nbf, exp)`,
  who: 'operator',
  how: 'Correct the server’s clock. In Azure, restart the app; if that does not help, ask Azure support',
})
