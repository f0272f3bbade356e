/**
 * Creates the services that endpoints share, once, from settings. Fetch, clock and log are options; nothing is global.
 */
import { randomUUID } from 'node:crypto'
import { type CreateApi, downstreamClient } from './api-client/client.ts'
import { type Connect, connections } from './api-client/connection.ts'
import { audit, type Log } from './audit.ts'
import { graph } from './downstreams.ts'
import { type EncryptionKeys, encryptionKeys } from './encryption-keys.ts'
import { accessTokenValidator, type ValidateAccessToken } from './entra/access-token.ts'
import { type Authority, tenantAuthority } from './entra/authority.ts'
import { breaker } from './entra/breaker.ts'
import { clientCredential } from './entra/client-credential.ts'
import { type Consent, consent } from './entra/consent.ts'
import { type ConsentReport, consentReport } from './entra/consent-report.ts'
import { type CheckCredential, credentialCheck } from './entra/credential-check.ts'
import { keySet } from './entra/key-set.ts'
import { clientCapabilities, loadMsal, msalClient } from './entra/msal-client.ts'
import { type OnBehalfOf, onBehalfOf } from './entra/on-behalf-of.ts'
import { type Journal, journal } from './journal.ts'
import type { PublicGet } from './oauth/public-get.ts'
import { type OAuthServices, oauthServices } from './oauth/services.ts'
import { outgoing } from './outgoing.ts'
import { type RememberedAnswers, rememberedAnswers } from './remembered-answers.ts'
import { type RateLimit, rateLimit } from './resilience/rate-limit.ts'
import type { Settings } from './settings.ts'
import { tableClient } from './token-cache/table-client.ts'
import { type TokenCache, tokenCache } from './token-cache/token-cache.ts'
import { warmUp } from './warm-up.ts'

type Report = Parameters<typeof tokenCache>[0]['report']

export type Services = {
  settings: Settings
  authority: Authority
  validate: ValidateAccessToken
  /** Throws a Failure `entra_unreachable`. */
  readKeys: () => Promise<void>
  checkCredential: CheckCredential
  onBehalfOf: OnBehalfOf
  /** A purge also ends the remembered answers. */
  tokenCache: TokenCache
  remembered: RememberedAnswers
  keys: EncryptionKeys
  consent: Consent
  consentReport: ConsentReport
  createApi: CreateApi
  /** For protocols with messages of their own (MCP); tools use `createApi`. */
  connect: Connect
  /** Shared by the authorization server and the endpoints; undefined without OAUTH_CLIENT_ID. */
  oauth: OAuthServices | undefined
  /** Limits calls per tool and user. */
  rateLimit: RateLimit
  journal: Journal
  /** Logs events outside a request. */
  report: Report
  /** Call it after each answer: the first one is followed by loading what the start left out. */
  warmUp: () => void
  /** Milliseconds since 1970. */
  now: () => number
}

export function createServices(
  settings: Settings,
  options: { fetch?: typeof fetch; publicGet?: PublicGet; now?: () => number; log?: Log } = {},
): Services {
  const { fetch = globalThis.fetch, now = Date.now, log = toStandardError } = options
  const { pool } = outgoing(settings.proxy)
  const connect = connections({ now, pool })
  const { clientId, allowedClients, guests } = settings
  const report: Report = (outcome, detail, severity = 'warning') => {
    const time = new Date(now()).toISOString()
    audit(log, { severity, time, reference: randomUUID(), outcome, detail })
  }

  const authority = tenantAuthority(settings.authorityHost, settings.tenantId)
  const signingKeys = keySet({ authority, fetch, now })
  const credential = clientCredential(settings.credential, {
    authorityHost: settings.authorityHost,
    now,
  })
  const client = msalClient({ authority, clientId, credential, fetch, now })
  const entraBreaker = breaker({ now })
  const exchange = onBehalfOf({ client, breaker: entraBreaker, now })
  const { tokenTable } = settings
  for (const notice of settings.notices) report('setting_deprecated', notice)
  for (const sentence of settings.unknown) report('setting_unknown', sentence)
  if (!tokenTable)
    report('cache_in_memory', 'no TOKEN_CACHE_ setting: tokens are kept in this process only')
  if (settings.encryptionKeys.length === 0)
    report(
      'consent_in_process',
      'no ENCRYPTION_KEYS: consent links and running exports are valid only in the process that created them',
    )
  const keys = encryptionKeys(settings.encryptionKeys)
  const table = tokenTable && tableClient(tokenTable, settings.credential, { pool })
  const cache = tokenCache({
    ...{ exchange, keys, report, now, app: [clientId, clientCapabilities] },
    client: table,
  })
  const remembered = rememberedAnswers({ purgedSince: cache.purgedSince, now })
  const validate = accessTokenValidator({
    ...{ authority, clientId, allowedClients, guests, now },
    keys: signingKeys,
  })
  return {
    settings,
    authority,
    async validate(token) {
      const caller = await validate(token)
      await cache.checkNotRevoked(caller)
      return caller
    },
    readKeys: signingKeys.read,
    checkCredential: credentialCheck({ client, resource: graph.resource(settings) }),
    onBehalfOf: cache.onBehalfOf,
    tokenCache: {
      ...cache,
      purgeUser(user) {
        remembered.forgetUser(user)
        return cache.purgeUser(user)
      },
    },
    remembered,
    keys,
    consent: consent({
      ...{ authority, clientId, client, breaker: entraBreaker, keys, now },
      redirectUri: `${settings.publicBaseUrl}/consent/callback`,
    }),
    consentReport: consentReport({
      ...{ clientId, fetch },
      token: async (scope) =>
        (await client((msal) => msal.acquireTokenByClientCredential({ scopes: [scope] })))
          ?.accessToken,
      graphBaseUrl: graph.baseUrl(settings),
      graphResource: graph.resource(settings),
    }),
    createApi: downstreamClient({ now, connect }),
    connect,
    oauth:
      settings.oauth &&
      oauthServices(settings.oauth, {
        ...{ authority, keys, table, report, fetch, now },
        ...(options.publicGet && { get: options.publicGet }),
        authorityHost: settings.authorityHost,
        breaker: entraBreaker,
      }),
    rateLimit: rateLimit({ perMinute: settings.rateLimitPerMinute }),
    journal: journal({ now }),
    report,
    warmUp: warmUp(loadMsal),
    now,
  }
}

/** The severity is also in the line itself: `"severity":"warning"`, `"severity":"error"`. */
const toStandardError: Log = (line) => console.warn(line)
