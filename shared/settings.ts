/** Parses the app settings, once. Reports every problem in one message, by name and never by value. */
import type { ClientCertificate } from './client-certificate.ts'
import type { StorageConnection } from './connection-string.ts'
import type { Downstream } from './downstreams.ts'
import type { Secret } from './secret.ts'
import { problemsTogether, unresolvedReference, unresolvedReferences } from './setting-rules.ts'
import {
  authContextId,
  type ConfiguredClient,
  certificate,
  connectionString,
  credential,
  encryptionKeys,
  guid,
  guids,
  headerKey,
  httpUrl,
  identifierUri,
  oauthClients,
  origin,
  origins,
  proxyUrl,
  ratePerMinute,
} from './setting-values.ts'
import * as z from './zod.ts'

export type ClientCredentialSetting =
  | { kind: 'managed_identity'; clientId: string }
  | { kind: 'certificate'; certificate: ClientCertificate }
  | { kind: 'secret'; secret: Secret<'client credential'> }

/** Table Storage, with this app's identity or with the credential of a connection string. */
export type TokenTableSetting = {
  url: string
  credential: { kind: 'identity' } | StorageConnection['credential']
}

/** `key`: 32 bytes, base64url. */
export type EncryptionKey = { kid: string; key: Secret<'encryption key'> }

export type OAuthSetting = {
  /** Of the app registration that signs people in. */
  clientId: string
  credential: ClientCredentialSetting
  clients: readonly ConfiguredClient[]
}

export type Settings = {
  tenantId: string
  /** Client id of this API's app registration: the only accepted `aud`. */
  clientId: string
  /** Origins and base URLs, all without trailing slash. */
  authorityHost: string
  publicBaseUrl: string
  /** Of the downstream APIs, by the name of the app setting. */
  baseUrls: Readonly<Record<string, string>>
  credential: ClientCredentialSetting
  /** The authorization server in front of Entra; undefined: clients sign in at Entra. */
  oauth: OAuthSetting | undefined
  /** Prefix of scopes in metadata and challenges; each endpoint's own URL when absent. */
  appIdUri: string | undefined
  /** Accepted `azp` values; empty: any client of the tenant. */
  allowedClients: ReadonlySet<string>
  /** Whether guests of the tenant may call. */
  guests: 'allowed' | 'refused'
  /** Origins of web pages that may call, besides our own. */
  allowedOrigins: ReadonlySet<string>
  /** The tenant's authentication context of tools that ask for a step-up; none: nothing is asked. */
  stepUpContext: string | undefined
  /** Calls by one user to one tool, per instance. */
  rateLimitPerMinute: number
  /** Newest first. They seal what leaves this process; if empty, a random key of the process does. */
  encryptionKeys: readonly EncryptionKey[]
  /** Where instances share tokens; undefined: tokens are kept in this process only. */
  tokenTable: TokenTableSetting | undefined
  /** Of the purge function; undefined: the host requires its master key. */
  adminKey: Secret<'admin key'> | undefined
  /** Undefined: calls go out directly. */
  proxy: ProxySetting | undefined
  /** Notices for the operator about settings that work but should be changed. */
  notices: readonly string[]
}

/** The usual meaning of the variables: without `httpsProxy`, calls to https URLs go through `httpProxy` too. */
export type ProxySetting = {
  httpProxy: Secret<'proxy URL'> | undefined
  httpsProxy: Secret<'proxy URL'> | undefined
  /** Hosts that are called directly, comma-separated. */
  noProxy: string
}

export class SettingsError extends Error {
  /** Each begins with the setting's name. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`Invalid app settings:\n${problems.map((it) => `  ${it}`).join('\n')}`)
    this.name = 'SettingsError'
    this.problems = problems
    // Node prints the stack below the message, and it does not help an operator.
    this.stack = `${this.name}: ${this.message}`
  }
}

/**
 * An empty setting counts as absent.
 * @param downstreams the APIs whose base URLs are settings
 * @throws a {@link SettingsError} that lists every problem
 */
export function parseSettings(
  environment: Readonly<Record<string, string | undefined>>,
  downstreams: readonly Downstream[],
): Settings {
  const present = presentIn(environment)
  // Both the values and the rules across them are checked, so that one problem hides no other.
  const values = schema.safeParse(present)
  const ofDownstreams = baseUrlSchema(downstreams)
  const baseUrls = ofDownstreams.safeParse(present)
  const names = [...settingNames, ...Object.keys(ofDownstreams.shape)]
  const unresolved = unresolvedReferences(present, names)
  const issues = [...(values.error?.issues ?? []), ...(baseUrls.error?.issues ?? [])]
    .map(({ path, message }) => ({ name: path.join('.'), message }))
    .filter(({ name }) => !unresolved.includes(name))
  const problems = [
    ...issues.map(({ name, message }) => `${name} ${message}`),
    ...unresolved.map((name) => `${name} ${unresolvedReference}`),
    ...problemsTogether(present),
  ]
  if (!values.success || !baseUrls.success || problems.length > 0) throw new SettingsError(problems)
  return settingsOf(values.data, baseUrls.data)
}

const presentIn = (environment: Readonly<Record<string, string | undefined>>) => {
  const present = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value ? [[name, value]] : [],
  )
  // The older, lower-case spelling wins, as in other programs.
  const inSmallLetters = present.filter(([name]) => /^(https?|no)_proxy$/.test(name))
  const proxies = inSmallLetters.map(([name, value]) => [name.toUpperCase(), value])
  return Object.fromEntries([...present, ...proxies])
}

const schema = z.object({
  ENTRA_TENANT_ID: guid,
  ENTRA_CLIENT_ID: guid,
  ENTRA_AUTHORITY_HOST: origin.default('https://login.microsoftonline.com'),
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: guid.optional(),
  ENTRA_CLIENT_CERTIFICATE: certificate.optional(),
  ENTRA_CLIENT_SECRET: credential.optional(),
  ENTRA_APP_ID_URI: identifierUri.optional(),
  ENTRA_ALLOWED_CLIENTS: guids.default([]),
  OAUTH_CLIENT_ID: guid.optional(),
  OAUTH_CLIENT_SECRET: credential.optional(),
  OAUTH_CLIENTS: oauthClients.default([]),
  ENTRA_GUESTS: z.enum(['allowed', 'refused'], 'is neither allowed nor refused').default('allowed'),
  PUBLIC_BASE_URL: origin.optional(),
  ALLOWED_ORIGINS: origins.default([]),
  STEP_UP_AUTH_CONTEXT: authContextId.optional(),
  RATE_LIMIT_PER_MINUTE: ratePerMinute.default(60),
  TOKEN_CACHE_TABLES_URL: httpUrl.optional(),
  TOKEN_CACHE_CONNECTION: connectionString.optional(),
  ENCRYPTION_KEYS: encryptionKeys.optional(),
  TOKEN_CACHE_KEYS: encryptionKeys.optional(),
  ADMIN_KEY: headerKey.optional(),
  HTTPS_PROXY: proxyUrl.optional(),
  HTTP_PROXY: proxyUrl.optional(),
  NO_PROXY: z.string().default(''),
  WEBSITE_HOSTNAME: z.string().toLowerCase().optional(),
  PORT: z.string().regex(/^\d+$/, 'is not a port').default('7071'),
})

const baseUrlSchema = (downstreams: readonly Downstream[]) =>
  z.object(
    Object.fromEntries(
      downstreams.map(({ definition: { baseUrl } }): [string, z.ZodType<string>] => [
        baseUrl.name,
        baseUrl.byDefault === undefined ? httpUrl : httpUrl.default(baseUrl.byDefault),
      ]),
    ),
  )

/** Every setting that is read, except those of downstream APIs. */
export const settingNames: readonly string[] = Object.keys(schema.shape)

function settingsOf(env: z.output<typeof schema>, baseUrls: Settings['baseUrls']): Settings {
  return {
    tenantId: env.ENTRA_TENANT_ID,
    clientId: env.ENTRA_CLIENT_ID,
    authorityHost: env.ENTRA_AUTHORITY_HOST,
    publicBaseUrl: env.PUBLIC_BASE_URL ?? defaultBaseUrl(env),
    baseUrls,
    credential: credentialOf(env),
    oauth: oauthOf(env),
    appIdUri: env.ENTRA_APP_ID_URI,
    allowedClients: allowedClientsOf(env),
    guests: env.ENTRA_GUESTS,
    allowedOrigins: new Set(env.ALLOWED_ORIGINS),
    stepUpContext: env.STEP_UP_AUTH_CONTEXT,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    encryptionKeys: env.ENCRYPTION_KEYS ?? env.TOKEN_CACHE_KEYS ?? [],
    tokenTable: tokenTableOf(env),
    adminKey: env.ADMIN_KEY,
    proxy: proxyOf(env),
    notices: env.TOKEN_CACHE_KEYS ? [keysRenamed] : [],
  }
}

const defaultBaseUrl = (env: { WEBSITE_HOSTNAME?: string | undefined; PORT: string }) =>
  env.WEBSITE_HOSTNAME ? `https://${env.WEBSITE_HOSTNAME}` : `http://localhost:${env.PORT}`

function credentialOf(env: z.output<typeof schema>): ClientCredentialSetting {
  const { ENTRA_CLIENT_CERTIFICATE: certificate, ENTRA_CLIENT_SECRET: secret } = env
  if (certificate) return { kind: 'certificate', certificate }
  if (secret) return { kind: 'secret', secret }
  return { kind: 'managed_identity', clientId: env.ENTRA_MANAGED_IDENTITY_CLIENT_ID ?? '' }
}

function proxyOf(env: z.output<typeof schema>): ProxySetting | undefined {
  const { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy } = env
  return httpProxy || httpsProxy ? { httpProxy, httpsProxy, noProxy } : undefined
}

/** The same kind of credential as the API's; a secret is separate. */
function oauthOf(env: z.output<typeof schema>): OAuthSetting | undefined {
  const { OAUTH_CLIENT_ID: clientId, OAUTH_CLIENT_SECRET: secret, OAUTH_CLIENTS: clients } = env
  if (!clientId) return undefined
  return { clientId, credential: secret ? { kind: 'secret', secret } : credentialOf(env), clients }
}

/** Includes our own client, if there is a list. */
const allowedClientsOf = (env: z.output<typeof schema>) =>
  new Set(
    env.ENTRA_ALLOWED_CLIENTS.length > 0
      ? [...env.ENTRA_ALLOWED_CLIENTS, ...(env.OAUTH_CLIENT_ID ? [env.OAUTH_CLIENT_ID] : [])]
      : [],
  )

function tokenTableOf(env: z.output<typeof schema>): TokenTableSetting | undefined {
  const { TOKEN_CACHE_TABLES_URL: url, TOKEN_CACHE_CONNECTION: connection } = env
  return url ? { url, credential: { kind: 'identity' } } : connection
}

const keysRenamed =
  'TOKEN_CACHE_KEYS is now called ENCRYPTION_KEYS: rename the setting, because the next release will not read the old name'
