/** What endpoints are built from, wired once from settings. Fetch and clock are options; nothing here is global. */
import { accessTokenValidator, type ValidateAccessToken } from './entra/access-token.ts'
import { type Authority, tenantAuthority } from './entra/authority.ts'
import { clientCredential } from './entra/client-credential.ts'
import { keySet } from './entra/key-set.ts'
import { type OnBehalfOf, onBehalfOf } from './entra/on-behalf-of.ts'
import { tokenCache } from './entra/token-cache.ts'
import { downstreamClient, type SignIn } from './http/downstream.ts'
import type { Settings } from './settings.ts'

export type Services = {
  settings: Settings
  authority: Authority
  validate: ValidateAccessToken
  /** Throws a Failure `entra_unreachable`. */
  readKeys: () => Promise<void>
  onBehalfOf: OnBehalfOf
  signIn: SignIn
  /** Milliseconds since 1970. */
  now: () => number
}

export function createServices(
  settings: Settings,
  { fetch = globalThis.fetch, now = Date.now } = {},
): Services {
  const { clientId, allowedClients } = settings
  const authority = tenantAuthority(settings.authorityHost, settings.tenantId)
  const keys = keySet({ authority, fetch, now })
  const credential = clientCredential(settings.credential)
  const exchange = onBehalfOf({ authority, clientId, credential, fetch, now })
  return {
    settings,
    authority,
    validate: accessTokenValidator({ authority, clientId, allowedClients, keys, now }),
    readKeys: keys.read,
    onBehalfOf: tokenCache(exchange, { now }),
    signIn: downstreamClient({ now }),
    now,
  }
}
