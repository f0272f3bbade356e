/**
 * The client assertion from a managed identity (a federated identity credential). Cached, because MSAL requests it on
 * every exchange and users should not wait for the identity endpoint each time. An identity that is not assigned to the
 * app is a configuration error, not an outage: it is remembered briefly, then tried again.
 */
import { at } from '../json.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import { identityRefused } from './aadsts-errors.ts'
import { azureIdentity } from './azure-identity.ts'
import { EntraOutage, EntraRefusal } from './network.ts'

/** Milliseconds. */
const renewBefore = 5 * 60_000
const askAgainAfter = 10_000

/**
 * The returned function rejects with EntraOutage, or with EntraRefusal if the identity is not assigned to this app.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
 */
export function managedIdentityAssertion(options: {
  clientId: string
  authorityHost: string
  now: () => number
}): () => Promise<string> {
  const { clientId, authorityHost, now } = options
  const identity = azureIdentity(clientId)
  const scope = tokenExchange(authorityHost)
  let held: { token: string; expiresOnTimestamp: number } | null | undefined
  const flight = singleFlight<void>()
  let refused: { error: EntraRefusal; until: number } | undefined

  const ask = async () => {
    try {
      held = await identity.getToken(scope)
    } catch (cause) {
      if (!isRefusal(cause)) throw new EntraOutage('no token of the managed identity', { cause })
      const error = new EntraRefusal({ error: identityRefused, error_codes: [] }, { cause })
      refused = { error, until: now() + askAgainAfter }
      throw error
    }
  }
  return async () => {
    if (held && now() < held.expiresOnTimestamp - renewBefore) return held.token
    if (refused && now() < refused.until) throw refused.error
    await flight(ask)
    return held?.token ?? ''
  }
}

/** The audience that a federated identity credential expects, by cloud. */
function tokenExchange(authorityHost: string): string {
  const { hostname } = new URL(authorityHost)
  const cloud = hostname.endsWith('.us') ? 'USGov' : hostname.endsWith('.cn') ? 'China' : ''
  return `api://AzureADTokenExchange${cloud}/.default`
}

/**
 * True if the endpoint refused the request: 400 for an identity that is not assigned. Other statuses mean that the
 * endpoint is starting, busy or down.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
const isRefusal = (error: unknown) =>
  [400, 403].some((status) => at(error, 'cause', 'status') === status)
