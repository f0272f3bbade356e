/** Parses the app settings, once. Reports every problem in one message, by name and never by value. */
import type { ClientCertificate } from './client-certificate.ts'
import type { StorageConnection } from './connection-string.ts'
import type { Downstream } from './downstreams.ts'
import type { Secret } from './secret.ts'
import {
  problemsTogether,
  unknownSettings,
  unresolvedReference,
  unresolvedReferences,
} from './setting-rules.ts'
import * as values from './setting-values.ts'
import * as z from './zod.ts'

export type Settings = Readonly<ReturnType<typeof settingsOf>> & {
  /** One sentence for each name that looks like a setting and is none. */
  readonly unknown: readonly string[]
}

export type ClientCredentialSetting =
  | { kind: 'managed_identity'; clientId: string }
  | { kind: 'certificate'; certificate: ClientCertificate }
  | { kind: 'secret'; secret: Secret<'client credential'> }

/** Table Storage, with this app's identity or with the credential of a connection string. */
export type TokenTableSetting = {
  url: string
  credential: { kind: 'identity' } | StorageConnection['credential']
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
  const unknown = unknownSettings(present, names)
  if (!values.success || !baseUrls.success || problems.length > 0)
    throw new SettingsError([...problems, ...unknown])
  return { ...settingsOf(values.data, baseUrls.data), unknown }
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
  ENTRA_TENANT_ID: values.guid,
  ENTRA_CLIENT_ID: values.guid,
  ENTRA_AUTHORITY_HOST: values.origin.default('https://login.microsoftonline.com'),
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: values.guid.optional(),
  ENTRA_CLIENT_CERTIFICATE: values.certificate.optional(),
  ENTRA_CLIENT_SECRET: values.credential.optional(),
  ENTRA_APP_ID_URI: values.identifierUri.optional(),
  ENTRA_ALLOWED_CLIENTS: values.guids.default([]),
  OAUTH_CLIENT_ID: values.guid.optional(),
  OAUTH_CLIENT_SECRET: values.credential.optional(),
  OAUTH_CLIENTS: values.oauthClients.default([]),
  ENTRA_GUESTS: z.enum(['allowed', 'refused'], 'must be allowed or refused').default('allowed'),
  PUBLIC_BASE_URL: values.origin.optional(),
  ALLOWED_ORIGINS: values.origins.default([]),
  STEP_UP_AUTH_CONTEXT: values.authContextId.optional(),
  RATE_LIMIT_PER_MINUTE: values.ratePerMinute.default(60),
  TOKEN_CACHE_TABLES_URL: values.httpUrl.optional(),
  TOKEN_CACHE_CONNECTION: values.connectionString.optional(),
  ENCRYPTION_KEYS: values.encryptionKeys.optional(),
  TOKEN_CACHE_KEYS: values.encryptionKeys.optional(),
  ADMIN_KEY: values.headerKey.optional(),
  HTTPS_PROXY: values.proxyUrl.optional(),
  HTTP_PROXY: values.proxyUrl.optional(),
  NO_PROXY: z.string().default(''),
  WEBSITE_HOSTNAME: z.string().toLowerCase().optional(),
  PORT: z.string().regex(/^\d+$/, 'is not a port').default('7071'),
})
type Environment = z.output<typeof schema>

const baseUrlSchema = (downstreams: readonly Downstream[]) =>
  z.object(
    Object.fromEntries(
      downstreams.map(({ definition: { baseUrl } }): [string, z.ZodType<string>] => [
        baseUrl.name,
        baseUrl.byDefault === undefined
          ? values.httpUrl
          : values.httpUrl.default(baseUrl.byDefault),
      ]),
    ),
  )

/** Every setting that is read, except those of downstream APIs. */
export const settingNames: readonly string[] = Object.keys(schema.shape)

/** Origins and base URLs have no trailing slash. */
function settingsOf(env: Environment, baseUrls: Readonly<Record<string, string>>) {
  const { ENTRA_ALLOWED_CLIENTS: allowed, OAUTH_CLIENT_ID: ownClient } = env
  return {
    tenantId: env.ENTRA_TENANT_ID,
    /** Client id of this API's app registration: the only accepted `aud`. */
    clientId: env.ENTRA_CLIENT_ID,
    authorityHost: env.ENTRA_AUTHORITY_HOST,
    publicBaseUrl: env.PUBLIC_BASE_URL ?? defaultBaseUrl(env),
    /** Of the downstream APIs, by the name of the app setting. */
    baseUrls,
    credential: credentialOf(env),
    /** The authorization server in front of Entra; undefined: clients sign in at Entra. */
    oauth: oauthOf(env),
    /** Prefix of scopes in metadata and challenges; undefined: each endpoint's own URL. */
    appIdUri: env.ENTRA_APP_ID_URI,
    /** Accepted `azp` values, our own client included; empty: any client of the tenant. */
    allowedClients: new Set(allowed.length > 0 && ownClient ? [...allowed, ownClient] : allowed),
    /** Whether guests of the tenant may call. */
    guests: env.ENTRA_GUESTS,
    /** Origins of web pages that may call, besides our own. */
    allowedOrigins: new Set(env.ALLOWED_ORIGINS),
    /** The tenant's authentication context for tools that ask for a step-up; undefined: no step-up. */
    stepUpContext: env.STEP_UP_AUTH_CONTEXT,
    /** Calls by one user to one tool, per instance. */
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    /** Newest first. They seal what leaves this process; if empty, a random key of the process does. */
    encryptionKeys: env.ENCRYPTION_KEYS ?? env.TOKEN_CACHE_KEYS ?? [],
    /** Where instances share tokens; undefined: tokens are kept in this process only. */
    tokenTable: tokenTableOf(env),
    /** Of the purge function; undefined: the host requires its master key. */
    adminKey: env.ADMIN_KEY,
    /** Undefined: calls go out directly. */
    proxy: proxyOf(env),
    /** Notices for the operator about settings that work but should be changed. */
    notices: env.TOKEN_CACHE_KEYS ? [keysRenamed] : [],
  }
}

const defaultBaseUrl = ({ WEBSITE_HOSTNAME, PORT }: Environment) =>
  WEBSITE_HOSTNAME ? `https://${WEBSITE_HOSTNAME}` : `http://localhost:${PORT}`

function credentialOf(env: Environment): ClientCredentialSetting {
  const { ENTRA_CLIENT_CERTIFICATE: certificate, ENTRA_CLIENT_SECRET: secret } = env
  if (certificate) return { kind: 'certificate', certificate }
  if (secret) return { kind: 'secret', secret }
  return { kind: 'managed_identity', clientId: env.ENTRA_MANAGED_IDENTITY_CLIENT_ID ?? '' }
}

/** Uses the same kind of credential as the API; each registration has its own secret. */
function oauthOf(env: Environment) {
  const { OAUTH_CLIENT_ID: clientId, OAUTH_CLIENT_SECRET: secret, OAUTH_CLIENTS: clients } = env
  if (!clientId) return undefined
  const credential = secret ? ({ kind: 'secret', secret } as const) : credentialOf(env)
  return { clientId, credential, clients }
}
export type OAuthSetting = NonNullable<Settings['oauth']>

function tokenTableOf(env: Environment): TokenTableSetting | undefined {
  const { TOKEN_CACHE_TABLES_URL: url, TOKEN_CACHE_CONNECTION: connection } = env
  return url ? { url, credential: { kind: 'identity' } } : connection
}

/**
 * The usual meaning of the variables: without `httpsProxy`, calls to https URLs go through `httpProxy` too. `noProxy`:
 * hosts that are called directly, comma-separated.
 */
function proxyOf({
  HTTP_PROXY: httpProxy,
  HTTPS_PROXY: httpsProxy,
  NO_PROXY: noProxy,
}: Environment) {
  return httpProxy || httpsProxy ? { httpProxy, httpsProxy, noProxy } : undefined
}
export type ProxySetting = NonNullable<Settings['proxy']>

const keysRenamed =
  'TOKEN_CACHE_KEYS is now called ENCRYPTION_KEYS: rename the setting, because the next release will not read the old name'
